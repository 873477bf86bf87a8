import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EphemeralTestnet } from '@pubky/testnet'

const FOLDER = fileURLToPath(new URL('../../docs/sdk/', import.meta.url))

/** The code of a page as one program that reports what it prints where the page says what that is. */
export interface DocsProgram {
  readonly code: string
  /** What the page says behind `// →`, in order. */
  readonly expected: readonly string[]
}

/** The pages of docs/sdk. */
export const PAGES = ['start', 'auth', 'storage', 'events', 'encryption', 'browser', 'node', 'migrating'] as const

/**
 * Joins the code blocks of a page in their order. Blocks marked `ts browser` are for pages, those marked `ts` for Node;
 * where the page uses the fixed testnet, the program uses `network`.
 */
export function programOf(
  page: (typeof PAGES)[number],
  kind: 'ts' | 'ts browser',
  network: EphemeralTestnet,
): DocsProgram {
  const text = readFileSync(`${FOLDER}${page}.md`, 'utf8')
  const blocks = [...text.matchAll(/^```(ts|ts browser)\n(.*?)^```$/gms)].filter(([, marked]) => marked === kind)
  const expected: string[] = []
  const lines = blocks
    .flatMap(([, , block = '']) => block.split('\n'))
    .map((line) => {
      const [, statement, said] = /^(.*console\.log\(.*\)) \/\/ → (.*)$/.exec(line) ?? []
      if (statement === undefined || said === undefined) return line
      expected.push(said)
      return statement.replace('console.log(', 'report(')
    })
  return { code: onNetwork(lines.join('\n'), network), expected }
}

function onNetwork(code: string, network: EphemeralTestnet): string {
  const relays = JSON.stringify([network.pkarrRelay.url])
  const bootstrap = JSON.stringify(network.bootstrap)
  const isNative = code.includes('@pubky/sdk/node')
  const pkarr = isNative ? `{ relays: ${relays}, bootstrap: ${bootstrap} }` : `{ relays: ${relays} }`
  const replaced = code
    .replaceAll(
      /(Pubky\w*)\.testnet\(\)/g,
      (_, name: string) => `${name}.withClient(new TestClient({ pkarr: ${pkarr} }))`,
    )
    .replaceAll('http://localhost:15412/inbox', `${network.httpRelay.url}/inbox`)
    .replaceAll('http://localhost:15411', network.pkarrRelay.url)
  return `import { Client as TestClient } from '${isNative ? '@pubky/sdk/node' : '@pubky/sdk'}'\n${replaced}`
}
