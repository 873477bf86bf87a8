import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type HttpServer, startHttpServer } from '@pubky/server-kit'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import type * as Official from '@synonymdev/pubky'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { launchChromium, requireChromium } from './chromium.ts'

declare global {
  /** The official SDK's browser build puts itself there. */
  var pubky: typeof Official
}

/** What a page needs to know of the network. */
interface Network {
  readonly pkarrRelay: string
  readonly httpRelay: string
  readonly homeserver: string
}

function describeNetwork({ pkarrRelay, httpRelay, homeserver }: EphemeralTestnet): Network {
  return { pkarrRelay: pkarrRelay.url, httpRelay: httpRelay.url, homeserver: homeserver.publicKey.z32() }
}

/**
 * Serves an empty page with the unmodified browser build of the official SDK. On a port of its own it is another origin
 * than homeserver and relays. It has to be a real server: browsers keep pages whose address they do not know as local
 * from local servers.
 */
async function servePage(): Promise<HttpServer> {
  const folder = dirname(createRequire(import.meta.url).resolve('@synonymdev/pubky'))
  const manifest: { version: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  console.log(`official SDK: @synonymdev/pubky ${manifest.version}, browser build`)
  const code = await readFile(join(folder, 'index.js'))
  const html = '<!doctype html><script type="module" src="pubky.js"></script>'
  const listener: RequestListener = ({ url }, response) => {
    const isCode = url === '/pubky.js'
    response.setHeader('content-type', isCode ? 'text/javascript' : 'text/html')
    response.end(isCode ? code : html)
  }
  return startHttpServer({ name: 'page', listener, host: 'localhost', port: 0, portOption: 'port' })
}

async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.waitForFunction(() => 'pubky' in globalThis)
}

test('the official SDK in a page of another origin: sign-up, files, lists, sign-out', async (context) => {
  requireChromium(context)
  await using network = await startTestnet()
  await using server = await servePage()
  await using browser = await launchChromium()
  const page = await browser.context.newPage()
  await openPage(page, server.url)
  const result = await page.evaluate(async ({ pkarrRelay, homeserver }: Network) => {
    const { Client, Keypair, Pubky, PublicKey } = globalThis.pubky
    const client = Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
    const keypair = Keypair.random()
    const session = await client.signer(keypair).signup(PublicKey.from(homeserver), null)
    const { storage } = session
    await storage.putText('/pub/app/text.txt', 'Grüße 🌍')
    await storage.putJson('/pub/app/value.json', { a: [1, 2] })
    const bytes = Uint8Array.from({ length: 70 << 10 }, (_, index) => index % 251)
    await storage.putBytes('/pub/app/bytes', bytes)
    await storage.putBytes('/pub/app/large', new Uint8Array(5 << 20).fill(7))
    await storage.putBytes('/pub/app/empty', new Uint8Array())
    const user = keypair.publicKey.z32()
    const read = await client.publicStorage.getBytes(`pubky${user}/pub/app/bytes`)
    const urls = await client.publicStorage.list(`pubky${user}/pub/app/`, null, true, 3)
    const stats = await storage.stats('/pub/app/value.json')
    const found = {
      text: await storage.getText('/pub/app/text.txt'),
      json: await client.publicStorage.getJson(`pubky${user}/pub/app/value.json`),
      isSame: read.length === bytes.length && read.every((byte, index) => byte === bytes[index]),
      large: (await storage.stats('/pub/app/large'))?.contentLength,
      empty: (await storage.getBytes('/pub/app/empty')).length,
      names: urls.map((url) => url.split('/').at(-1)),
      type: stats?.contentType,
      homeserver: (await client.getHomeserverOf(keypair.publicKey))?.z32(),
    }
    await storage.delete('/pub/app/text.txt')
    const isThere = await storage.exists('/pub/app/text.txt')
    await session.signout()
    const refusal: { data?: { statusCode?: number } } = await storage.putText('/pub/app/late', 'x').then(
      () => ({}),
      (error) => error,
    )
    const again = await client.signer(keypair).signin()
    await again.storage.putText('/pub/app/again', 'x')
    return {
      ...found,
      isThere,
      refusal: refusal.data?.statusCode,
      again: await again.storage.getText('/pub/app/again'),
    }
  }, describeNetwork(network))
  expect(result).toEqual({
    text: 'Grüße 🌍',
    json: { a: [1, 2] },
    isSame: true,
    large: 5 << 20,
    empty: 0,
    names: ['value.json', 'text.txt', 'large'],
    type: 'application/json',
    homeserver: network.homeserver.publicKey.z32(),
    isThere: false,
    refusal: 401,
    again: 'x',
  })
})

test('the official SDK in a page: a second app is authorised through the relay and stays in its scope', async (context) => {
  requireChromium(context)
  await using network = await startTestnet()
  await using server = await servePage()
  await using browser = await launchChromium()
  await using phone = await launchChromium()
  const [appPage, signerPage] = [await browser.context.newPage(), await phone.context.newPage()]
  await openPage(appPage, server.url)
  await openPage(signerPage, server.url)
  const facts = describeNetwork(network)
  const secret = await signerPage.evaluate(async ({ pkarrRelay, homeserver }: Network) => {
    const { Client, Keypair, Pubky, PublicKey } = globalThis.pubky
    const client = Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
    const keypair = Keypair.random()
    await client.signer(keypair).signup(PublicKey.from(homeserver), null)
    return [...keypair.secret()]
  }, facts)

  const link = await appPage.evaluate(async ({ pkarrRelay, httpRelay }: Network) => {
    const { AuthFlowKind, Client, Pubky } = globalThis.pubky
    const client = Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
    const flow = client.startAuthFlow('/pub/app/:rw,/pub/notes.txt:r', AuthFlowKind.signin(), `${httpRelay}/link/`)
    const { authorizationUrl } = flow
    Object.assign(globalThis, { client, approval: flow.awaitApproval() })
    return authorizationUrl
  }, facts)
  await signerPage.evaluate(
    async ({ pkarrRelay, secret, link }) => {
      const { Client, Keypair, Pubky } = globalThis.pubky
      const client = Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
      await client.signer(Keypair.fromSecret(Uint8Array.from(secret))).approveAuthRequest(link)
    },
    { ...facts, secret, link },
  )
  const result = await appPage.evaluate(async () => {
    const { approval }: { approval?: Promise<Official.Session> } = Object(globalThis)
    const session = await approval
    if (session === undefined) throw new Error('the flow was not started')
    await session.storage.putText('/pub/app/file', 'allowed')
    const statusOf = (path: Official.Path) =>
      session.storage.putText(path, 'refused').then(
        () => 200,
        (error: { data?: { statusCode?: number } }) => error.data?.statusCode,
      )
    return {
      capabilities: session.info.capabilities,
      text: await session.storage.getText('/pub/app/file'),
      refused: [await statusOf('/pub/notes.txt'), await statusOf('/pub/app2/file'), await statusOf('/pub/x')],
      exported: session.export(),
    }
  })
  expect(result).toMatchObject({
    capabilities: ['/pub/app/:rw', '/pub/notes.txt:r'],
    text: 'allowed',
    refused: [403, 403, 403],
  })

  await appPage.reload()
  await appPage.waitForFunction(() => 'pubky' in globalThis)
  const restored = await appPage.evaluate(
    async ({ pkarrRelay, exported }) => {
      const { Client, Pubky } = globalThis.pubky
      const client = Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
      const session = await client.restoreSession(exported)
      await session.storage.putText('/pub/app/after-reload', 'x')
      return session.storage.getText('/pub/app/after-reload')
    },
    { ...facts, exported: result.exported },
  )
  expect(restored).toBe('x')
})
