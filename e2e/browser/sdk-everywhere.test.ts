import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import type { Frame } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleForBrowser } from '../../packages/crypto/test/browser-bundle.ts'
import type { Findings } from '../sdk/everywhere.ts'
import { type Chromium, launchChromium, requireChromium } from './chromium.ts'

/** Not `localhost`, so no secure context: without WebCrypto, Web Locks and Ed25519 of the browser. */
const INSECURE_HOST = 'app.example'

const PAGES: Readonly<Record<string, string>> = {
  '/': '<script type="module" src="/app.js"></script>',
  '/empty.html': '',
  '/frame.html': '<iframe sandbox="allow-scripts" src="/"></iframe>',
}

let network: EphemeralTestnet
let site: Server
let browser: Chromium | undefined

beforeAll(async () => {
  network = await startTestnet()
  const { code } = await bundleForBrowser(fileURLToPath(new URL('../sdk/everywhere.ts', import.meta.url)))
  // The strictest under which an app can do anything.
  const servers = [network.homeserver.icannUrl, network.httpRelay.url, network.pkarrRelay.url].join(' ')
  const policy = `default-src 'none'; script-src 'self'; frame-src 'self'; connect-src ${servers}`
  site = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', policy)
    // A frame without an origin asks for its scripts as a stranger.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('content-type', url === '/app.js' ? 'text/javascript' : 'text/html')
    response.end(url === '/app.js' ? code : `<!doctype html>${PAGES[url] ?? ''}`)
  })
  await new Promise<void>((resolve) => site.listen(0, () => resolve()))
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  site.closeAllConnections()
  await new Promise((resolve) => site.close(resolve))
  await network[Symbol.asyncDispose]()
})

beforeEach(async (context) => {
  requireChromium(context)
  browser ??= await launchChromium([`--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`])
})

function pageNetwork(): string {
  return JSON.stringify({
    homeserver: network.homeserver.publicKey.z32(),
    relay: `${network.httpRelay.url}/inbox`,
    pkarrRelay: network.pkarrRelay.url,
  })
}

/** Opens a page and runs the app in it, or where `work` says. @param before runs in the page before its scripts */
async function runIn(
  path: string,
  { host = 'localhost', before, work = runInFrame }: { host?: string; before?: string; work?: typeof runInFrame } = {},
): Promise<Findings> {
  if (browser === undefined) throw new Error('Chromium was not started')
  const page = await browser.context.newPage()
  try {
    if (before !== undefined) await page.addInitScript(before)
    await page.goto(`http://${host}:${(site.address() as AddressInfo).port}${path}`)
    return await work(page.frames().at(-1) ?? page.mainFrame())
  } finally {
    await page.close()
  }
}

async function runInFrame(frame: Frame): Promise<Findings> {
  await frame.waitForFunction('globalThis.everywhere')
  return await frame.evaluate(`everywhere.run(${pageNetwork()})`)
}

/** Runs the app in a worker, for which `start` is the code of a page. */
function runInWorker(start: string): (frame: Frame) => Promise<Findings> {
  return async (frame) => {
    const { findings, error }: { findings?: Findings; error?: string } = await frame.evaluate(`(async () => {
      const worker = await ${start}
      const { port1, port2 } = new MessageChannel()
      const answer = new Promise((resolve) => port1.addEventListener('message', ({ data }) => resolve(data)))
      port1.start()
      worker.postMessage(${pageNetwork()}, [port2])
      return await answer
    })()`)
    if (findings === undefined) throw new Error(error)
    return findings
  }
}

const WORKS = {
  written: 'written anywhere',
  uploaded: 300_000,
  events: ['/pub/everywhere.example/a.txt', '/pub/everywhere.example/b.bin'],
  left: 0,
}
const DELEGATED = { ...WORKS, isDelegationAvailable: true, canKeep: true, kept: 'delegated' }

describe('the SDK works, under a strict content security policy', () => {
  it('in a page', async () => {
    expect(await runIn('/')).toEqual(DELEGATED)
  })

  it('in a page without TLS, which has no WebCrypto', async () => {
    expect(await runIn('/', { host: INSECURE_HOST })).toEqual({
      ...WORKS,
      isDelegationAvailable: false,
      canKeep: true,
      kept: 'localSecret',
    })
  })

  it('in a frame without an origin, where nothing can be kept', async () => {
    expect(await runIn('/frame.html')).toEqual({
      ...WORKS,
      isDelegationAvailable: true,
      canKeep: false,
      kept: expect.stringMatching(/^ClientStateError: IndexedDB failed: .*denied/),
    })
  })

  it('in a worker', async () => {
    const work = runInWorker(`new Worker('/app.js', { type: 'module' })`)
    expect(await runIn('/empty.html', { work })).toEqual(DELEGATED)
  })

  it('in a service worker, which has no XMLHttpRequest', async () => {
    const work = runInWorker(`navigator.serviceWorker.register('/app.js', { type: 'module' }).then(async (own) => {
      await navigator.serviceWorker.ready
      return own.active
    })`)
    expect(await runIn('/empty.html', { work })).toEqual(DELEGATED)
  })

  it('where a key cannot be made each time it is tried', async () => {
    const before = `let tries = 0
    const generate = SubtleCrypto.prototype.generateKey
    SubtleCrypto.prototype.generateKey = async function (...how) {
      tries += 1
      if (tries % 2 === 1) throw new DOMException('for an operation-specific reason', 'OperationError')
      return await generate.apply(this, how)
    }`
    expect(await runIn('/', { before })).toEqual(DELEGATED)
  })

  it('where the very question for storage is forbidden', async () => {
    const before = `Object.defineProperty(globalThis, 'indexedDB', {
      get() { throw new DOMException('The operation is insecure.', 'SecurityError') },
    })`
    expect(await runIn('/', { before })).toEqual({
      ...WORKS,
      isDelegationAvailable: false,
      canKeep: false,
      kept: 'ClientStateError: Pubky session persistence requires IndexedDB.',
    })
  })

  it('where storage takes nothing more, and says why', async () => {
    const before = `const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (value) {
      put.call(this, value)
      return this.add(value)
    }`
    expect(await runIn('/', { before })).toEqual({
      ...WORKS,
      isDelegationAvailable: true,
      canKeep: true,
      kept: expect.stringMatching(/^ClientStateError: IndexedDB failed: .*already exists/),
    })
  })
})
