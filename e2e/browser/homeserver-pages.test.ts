import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Homeserver } from '@pubky/homeserver'
import { Client, Keypair, type Path, Pubky, PublicKey, type Session } from '@pubky/sdk'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Chromium, launchChromium, requireChromium } from './chromium.ts'

let network: EphemeralTestnet
/** Two apps, whose origins are not the homeservers'. */
let friend: Server
let stranger: Server
/** Takes the cookies of pages of the friend only. */
let careful: Homeserver
let user: Session
let browser: Chromium | undefined
let page: Page

beforeAll(async () => {
  ;[friend, stranger] = await Promise.all([startApp(), startApp()])
  network = await startTestnet()
  careful = await network.testnet.createHomeserver({ config: { drive: { cookie_origins: [originOf(friend)] } } })
  user = await signUp(network.homeserver)
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  for (const app of [friend, stranger]) {
    app.closeAllConnections()
    await new Promise((resolve) => app.close(resolve))
  }
  await network[Symbol.asyncDispose]()
})

beforeEach(async (context) => {
  requireChromium(context)
  browser ??= await launchChromium(['--host-resolver-rules=MAP * 127.0.0.1'])
  page = await browser.context.newPage()
  return () => page.close()
})

/** An app that is one empty page. */
async function startApp(): Promise<Server> {
  const app = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'))
  await new Promise<void>((resolve) => app.listen(0, () => resolve()))
  return app
}

function originOf(app: Server, host = 'localhost'): string {
  return `http://${host}:${(app.address() as AddressInfo).port}`
}

/** A new user with a session by cookie. */
async function signUp({ publicKey }: Homeserver): Promise<Session> {
  const pubky = Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay.url] } }))
  return await pubky.signer(Keypair.random()).signupCookie(PublicKey.from(publicKey.z32()))
}

function urlOf(path: string, { publicKey }: Session['info'] = user.info, { icannUrl } = network.homeserver): string {
  return `${icannUrl}/storage/${publicKey.z32()}${path}`
}

/** What a page of the user's browser has been made to do, if a script has run. */
const SIGN = 'document.title = "a script has run"'
const SCRIPT = `<script>${SIGN}</script>`
const XHTML = `<html xmlns="http://www.w3.org/1999/xhtml"><head><title></title></head><body>${SCRIPT}</body></html>`
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="12" onload='${SIGN}'>${SCRIPT}</svg>`
const XSLT = `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="/">${XHTML}</xsl:template></xsl:stylesheet>`

describe('files of users have no part in the origin of the homeserver', () => {
  const files: Readonly<Record<string, string>> = {
    'page.html': `<!doctype html>${SCRIPT}<img src="none" onerror='${SIGN}'>`,
    'page.txt': `<!doctype html>${SCRIPT}`,
    page: `<html>${SCRIPT}</html>`,
    'picture.svg': SVG,
    'picture.xml': `<?xml version="1.0"?>${SVG}`,
    'page.xhtml': XHTML,
    'page.unknown': `<?xml version="1.0"?>${XHTML}`,
    'style.xsl': `<?xml version="1.0"?>${XSLT}`,
    'styled.xml': '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="style.xsl"?><a/>',
    'framed.html': `<!doctype html><iframe srcdoc='<script>top.${SIGN}</script>'></iframe>`,
  }

  for (const [name, text] of Object.entries(files)) {
    it(`${name} runs no script`, async () => {
      const path: Path = `/pub/files/${name}`
      await user.storage.putText(path, text)
      const answer = await page.goto(urlOf(path))
      expect(answer?.status()).toBe(200)
      expect(await page.title()).toBe('')
      expect(await page.evaluate('self.origin')).toBe('null')
    })
  }

  it('pictures are shown all the same', async () => {
    await user.storage.putText('/pub/files/shown.svg', SVG)
    await page.goto(originOf(stranger))
    const size = await page.evaluate(async (url) => {
      const picture = new Image()
      picture.src = url
      await picture.decode()
      return [picture.naturalWidth, picture.naturalHeight]
    }, urlOf('/pub/files/shown.svg'))
    expect(size).toEqual([10, 12])
  })
})

describe('a website', () => {
  const site = (label = ''): string => {
    const { port } = new URL(network.homeserver.icannUrl)
    return `http://${label}${user.info.publicKey.z32()}:${port}`
  }

  beforeAll(async () => {
    const files: Readonly<Record<string, string>> = {
      '_/index.html': `<!doctype html><title>Home</title><link rel="stylesheet" href="style.css">
        <script type="module" src="main.js"></script><a href="/notes">notes</a>`,
      '_/style.css': 'a { color: rgb(1, 2, 3) }',
      '_/main.js': 'import { text } from "./text.js"; document.title += text',
      '_/text.js': 'export const text = ", alive"',
      '_/notes/index.html': '<!doctype html><title>Notes</title>',
      '_/404.html': '<!doctype html><title>Lost</title>',
      'blog/index.html': '<!doctype html><title>Blog</title>',
    }
    for (const [path, text] of Object.entries(files)) await user.storage.putText(`/pub/website/${path}`, text)
  })

  it('is shown with styles and scripts, at an origin of its own', async () => {
    await page.goto(`${site()}/`)
    await page.waitForFunction('document.title === "Home, alive"')
    expect(await page.locator('a').evaluate((link) => getComputedStyle(link).color)).toBe('rgb(1, 2, 3)')
    expect(await page.evaluate('self.origin')).toBe(site())
    await page.locator('a').click()
    await page.waitForURL(`${site()}/notes/`)
    expect(await page.title()).toBe('Notes')
  })

  it('has pages for other labels and for what is missing', async () => {
    await page.goto(`${site('blog.')}/`)
    expect(await page.title()).toBe('Blog')
    const answer = await page.goto(`${site()}/nowhere`)
    expect([answer?.status(), await page.title()]).toEqual([404, 'Lost'])
  })
})

describe('which pages may use the session cookie of their visitor', () => {
  /** How a page of `origin` fares with a private script of a user of `homeserver`, whose cookie the browser has. */
  async function tried(homeserver: Homeserver, origin: string): Promise<Record<string, unknown>> {
    const visitor = await signUp(homeserver)
    await visitor.storage.putText('/priv/own/script.js', 'globalThis.leaked = true')
    const [name = '', value = ''] = (await visitor.exportLocalSecret()).split(':')
    const url = homeserver.icannUrl
    await browser?.context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Lax' }])
    await page.goto(origin)
    const script = urlOf('/priv/own/script.js', visitor.info, homeserver)
    return await page.evaluate(async (url) => {
      const status = async (method: string): Promise<number> =>
        (await fetch(url, { method, credentials: 'include' })).status
      const embedded = async (crossOrigin: string | null): Promise<boolean> => {
        const element = document.createElement('script')
        Object.assign(element, { src: url, crossOrigin })
        const loaded = new Promise((resolve) => {
          element.onload = element.onerror = resolve
        })
        document.head.append(element)
        await loaded
        const leaked = 'leaked' in globalThis
        Reflect.deleteProperty(globalThis, 'leaked')
        return leaked
      }
      return {
        embeds: await embedded(null),
        embedsAsItself: await embedded('use-credentials'),
        reads: await status('GET'),
        writes: await status('PUT'),
      }
    }, script)
  }

  it('is all of them by default, as officially, but for what the browser itself keeps from other sites', async () => {
    const all = { embeds: true, embedsAsItself: true, reads: 200, writes: 201 }
    expect(await tried(network.homeserver, originOf(friend))).toEqual(all)
    expect(await tried(network.homeserver, originOf(stranger))).toEqual(all)
    const none = { embeds: false, embedsAsItself: false, reads: 401, writes: 401 }
    expect(await tried(network.homeserver, originOf(friend, 'other-site.example'))).toEqual(none)
  })

  it('is those of the origins that the operator has named, which have to say who they are', async () => {
    const own = { embeds: false, embedsAsItself: true, reads: 200, writes: 201 }
    expect(await tried(careful, originOf(friend))).toEqual(own)
    const none = { embeds: false, embedsAsItself: false, reads: 401, writes: 401 }
    expect(await tried(careful, originOf(stranger))).toEqual(none)
  })
})
