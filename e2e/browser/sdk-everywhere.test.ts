import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Chromium, launchChromium, requireChromium } from './chromium.ts'
import { ALL_WORKS, type EverywhereSite, serveEverywhere } from './everywhere-site.ts'

/** Not `localhost`, so no secure context: without WebCrypto, Web Locks and Ed25519 of the browser. */
const INSECURE_HOST = 'app.example'

let network: EphemeralTestnet
let site: EverywhereSite
let browser: Chromium | undefined

beforeAll(async () => {
  network = await startTestnet()
  site = await serveEverywhere(network)
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

beforeEach(async (context) => {
  requireChromium(context)
  browser ??= await launchChromium([`--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`])
})

interface Way {
  readonly host?: string
  /** Runs in the page before its scripts. */
  readonly before?: string
  readonly code?: string
}

/** Opens a page and runs the app in its last frame; gives what it finds. */
async function runIn(path: string, { host, before, code = site.inPage }: Way = {}): Promise<unknown> {
  if (browser === undefined) throw new Error('Chromium was not started')
  const page = await browser.context.newPage()
  try {
    if (before !== undefined) await page.addInitScript(before)
    await page.goto(site.url(path, host))
    return await page.frames().at(-1)?.evaluate(code)
  } finally {
    await page.close()
  }
}

describe('the SDK works, under a strict content security policy', () => {
  it('in a page', async () => {
    expect(await runIn('/')).toEqual(ALL_WORKS)
  })

  it('in a page without TLS, which has no WebCrypto', async () => {
    expect(await runIn('/', { host: INSECURE_HOST })).toEqual({
      ...ALL_WORKS,
      isDelegationAvailable: false,
      canKeep: true,
      kept: 'localSecret',
    })
  })

  it('in a frame without an origin, where nothing can be kept', async () => {
    expect(await runIn('/frame.html')).toEqual({
      ...ALL_WORKS,
      isDelegationAvailable: true,
      canKeep: false,
      kept: expect.stringMatching(/^ClientStateError: IndexedDB failed: .*denied/),
    })
  })

  it('in a worker', async () => {
    const code = site.inWorker(`new Worker('/app.js', { type: 'module' })`)
    expect(await runIn('/empty.html', { code })).toEqual(ALL_WORKS)
  })

  it('in a service worker, which has no XMLHttpRequest', async () => {
    const code = site.inWorker(`navigator.serviceWorker.register('/app.js', { type: 'module' }).then(async (own) => {
      await navigator.serviceWorker.ready
      return own.active
    })`)
    expect(await runIn('/empty.html', { code })).toEqual(ALL_WORKS)
  })

  it('where a key cannot be made each time it is tried', async () => {
    const before = `let tries = 0
    const generate = SubtleCrypto.prototype.generateKey
    SubtleCrypto.prototype.generateKey = async function (...how) {
      tries += 1
      if (tries % 2 === 1) throw new DOMException('for an operation-specific reason', 'OperationError')
      return await generate.apply(this, how)
    }`
    expect(await runIn('/', { before })).toEqual(ALL_WORKS)
  })

  it('where the very question for storage is forbidden', async () => {
    const before = `Object.defineProperty(globalThis, 'indexedDB', {
      get() { throw new DOMException('The operation is insecure.', 'SecurityError') },
    })`
    expect(await runIn('/', { before })).toEqual({
      ...ALL_WORKS,
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
      ...ALL_WORKS,
      isDelegationAvailable: true,
      canKeep: true,
      kept: expect.stringMatching(/^ClientStateError: IndexedDB failed: .*already exists/),
    })
  })
})
