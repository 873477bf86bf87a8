import { createHash } from 'node:crypto'

/** Style of the status page. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d9dce3, #363a45); --soft: light-dark(#5b6270, #a3a9b8);
  --card: light-dark(#fff, #1b1d24); --accent: light-dark(#5a3fd6, #a893ff) }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: light-dark(#f5f6f9, #121318); color: light-dark(#1b1e27, #e8eaf0) }
main { max-width: 56rem; margin: 0 auto; padding: 3rem 1.25rem }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; letter-spacing: -.02em }
h2 { margin: 0 0 .75rem; font-size: 1.1rem }
p { margin: 0 0 1rem; max-width: 44rem }
section { margin-top: 1.5rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
form { display: flex; gap: .5rem; flex-wrap: wrap }
input { flex: 1 1 22rem; min-width: 0; padding: .6rem .75rem; font: inherit; border: 1px solid var(--line); border-radius: .5rem; background: transparent; color: inherit }
button { padding: .6rem 1.1rem; font: inherit; font-weight: 600; border: 0; border-radius: .5rem; background: var(--accent); color: light-dark(#fff, #14101f); cursor: pointer }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .9rem; margin: 0 }
dt { color: var(--soft); font-size: .85rem }
dd { margin: 0; font-variant-numeric: tabular-nums }
code, td { font: .9rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
.scroll { overflow-x: auto }
table { width: 100%; margin-top: 1rem; border-collapse: collapse }
th { text-align: left; font-size: .85rem; font-weight: 500; color: var(--soft) }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); vertical-align: top }
a { color: var(--accent) }
footer { margin-top: 2rem; color: var(--soft); font-size: .9rem }
`

/** Lets the page do nothing but show itself in this style and send its form. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')
