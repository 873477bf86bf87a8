import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import type { Page, Request } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleForBrowser } from '../../packages/crypto/test/browser-bundle.ts'
import type { BrowserPage } from '../sdk/browser-page.ts'
import { type Chromium, launchChromium, requireChromium } from './chromium.ts'

/** For a busy machine. */
const PATIENCE = { timeout: 30_000 }

let network: EphemeralTestnet
let site: Server
let browser: Chromium | undefined

beforeAll(async () => {
  network = await startTestnet()
  const { code } = await bundleForBrowser(fileURLToPath(new URL('../sdk/browser-page.ts', import.meta.url)))
  site = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => site.listen(0, 'localhost', () => resolve()))
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  site.closeAllConnections()
  await new Promise((resolve) => site.close(resolve))
  await network[Symbol.asyncDispose]()
})

beforeEach(async (context) => {
  requireChromium(context)
  browser ??= await launchChromium()
})

/** A tab of the app. */
interface Tab {
  readonly page: Page
  call<K extends keyof BrowserPage>(
    name: K,
    ...args: Parameters<BrowserPage[K]>
  ): Promise<Awaited<ReturnType<BrowserPage[K]>>>
  close(): Promise<void>
}

async function openTab(): Promise<Tab> {
  if (browser === undefined) throw new Error('Chromium was not started')
  const page: Page = await browser.context.newPage()
  await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`)
  await page.waitForFunction('globalThis.page')
  return {
    page,
    call: (name, ...args) => page.evaluate(`page.${name}(...${JSON.stringify(args)})`),
    close: () => page.close(),
  }
}

/** Makes the waits of that many milliseconds short in a tab. */
async function hurry(tab: Tab, milliseconds: number): Promise<void> {
  await tab.page.evaluate(`{
    const wait = setTimeout
    globalThis.setTimeout = (work, after, ...given) => wait(work, after === ${milliseconds} ? 100 : after, ...given)
  }`)
}

function pageNetwork() {
  return {
    homeserver: network.homeserver.publicKey.z32(),
    relay: `${network.httpRelay.url}/inbox`,
    pkarrRelay: network.pkarrRelay.url,
  }
}

describe('tabs of one origin', () => {
  it('share the bearer of a kept session, and its end', async () => {
    const [first, second] = [await openTab(), await openTab()]
    const id = await first.call('signin', pageNetwork())
    await second.call('restore', pageNetwork(), id)
    // Restoring has replaced the bearer that the first tab had.
    for (const tab of [first, second, first]) expect(await tab.call('write', 'a.txt')).toBeUndefined()
    const together = await Promise.all(
      [first, second].flatMap((tab) => ['b', 'c', 'd'].map((name) => tab.call('write', name))),
    )
    expect(together.filter((error) => error !== undefined)).toEqual([])
    await second.call('signout')
    for (const tab of [first, second]) {
      expect(await tab.call('write', 'late.txt')).toBe(
        'Authentication error: General authentication error: Browser session was removed',
      )
    }
    // Again is fine.
    await first.call('signout')
    await first.close()
    await second.close()
  })

  it('do not come back from a sign-out that failed, and can repeat it', async () => {
    const first = await openTab()
    const id = await first.call('signin', pageNetwork())
    const context = browser?.context
    const isSignout = (request: Request): boolean => request.method() === 'DELETE'
    await context?.route('**/auth/grant/session', (route) =>
      isSignout(route.request()) ? route.abort() : route.fallback(),
    )
    await expect(first.call('signout')).rejects.toThrow()
    await first.close()
    await context?.unrouteAll()

    const second = await openTab()
    await second.call('restore', pageNetwork(), id)
    expect(await second.call('write', 'late.txt')).toContain('Browser session logout is pending')
    await second.call('signout')
    expect(await second.call('write', 'late.txt')).toContain('Browser session was removed')
    await second.close()
  })

  it('use one bearer however often it is kept', async () => {
    const [first, second] = [await openTab(), await openTab()]
    const id = await first.call('signin', pageNetwork())
    await second.call('restore', pageNetwork(), id)
    // The first tab still knows the bearer that restoring has replaced.
    await first.call('keep', pageNetwork())
    let refusals = 0
    browser?.context.on('response', (response) => {
      refusals += response.status() === 401 ? 1 : 0
    })
    expect([await second.call('write', 'a.txt'), await first.call('write', 'b.txt')]).toEqual([undefined, undefined])
    expect(refusals).toBe(0)
    await first.close()
    await second.close()
  })

  it('forget what they cannot read', async () => {
    const tab = await openTab()
    await tab.call('signin', pageNetwork())
    for (const [by, left] of [
      ['remove', 1],
      ['clear', 0],
      ['clearAll', 0],
    ] as const) {
      if (by === 'remove') {
        await tab.call('forget', pageNetwork(), 'clearAll')
        await tab.call('keep', pageNetwork())
      }
      expect(await tab.call('meetFuture', pageNetwork())).toBe('ClientStateError')
      expect(await tab.call('forget', pageNetwork(), by)).toBe(left)
    }
    expect(await tab.call('write', 'late.txt')).toContain('Browser session was removed')
    await tab.close()
  })

  it('do not wait for each other until a large file is sent', async () => {
    const [first, second] = [await openTab(), await openTab()]
    await hurry(first, 10_000)
    const id = await first.call('signin', pageNetwork())
    let arrive = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    let isUnderWay = false
    await first.page.route('**/large.bin', async (route) => {
      isUnderWay = true
      await arrived
      await route.continue()
    })
    const sent = first.call('upload', 1_000)
    await expect.poll(() => isUnderWay, PATIENCE).toBe(true)
    await second.call('restore', pageNetwork(), id)
    for (const tab of [second, first]) expect(await tab.call('write', 'meanwhile.txt')).toBeUndefined()
    // The bearer that it was sent with is of no use by now, so it goes out again.
    arrive()
    expect((await sent).at(-1)).toEqual({ transferred: 1_000, total: 1_000 })
    await first.close()
    await second.close()
  })

  it('do not wait for one that gets no answer when it renews the bearer', async () => {
    const [first, second] = [await openTab(), await openTab()]
    await hurry(first, 30_000)
    const id = await first.call('signin', pageNetwork())
    await second.call('restore', pageNetwork(), id)
    await first.page.route('**/refused.txt', async (route) => {
      await route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${'x'.repeat(43)}` } })
    })
    let isAsked = false
    await first.page.route('**/auth/grant/session', () => {
      isAsked = true
    })
    const refused = first.call('write', 'refused.txt')
    await expect.poll(() => isAsked, PATIENCE).toBe(true)
    expect(await second.call('write', 'waiting.txt')).toBeUndefined()
    expect(await refused).toBe('Request failed: HTTP transport error: nothing came for 30 seconds')
    await first.close()
    await second.close()
  })

  it('keep content keys with a delegated session', async () => {
    const first = await openTab()
    const id = await first.call('signin', pageNetwork())
    expect(await first.call('encrypt', 'sealed in a page')).toBe('sealed in a page')
    await first.close()
    const second = await openTab()
    await second.call('restore', pageNetwork(), id)
    expect(await second.call('encrypt', 'again')).toBe('again')
    await second.close()
  })
})

describe('large files', () => {
  it('tell how far they are, both ways', async () => {
    const tab = await openTab()
    await tab.call('signin', pageNetwork())
    const size = 8_000_000
    const told = await tab.call('upload', size)
    expect(told.at(-1)).toEqual({ transferred: size, total: size })
    expect(await tab.call('download')).toEqual({ size, last: { transferred: size, total: size } })
    await tab.close()
  })

  it('say why they could not be sent', async () => {
    const tab = await openTab()
    await tab.call('signin', pageNetwork())
    expect(await tab.call('uploadBroken')).toBe(
      'RequestError: Request failed: HTTP transport error: the camera is gone',
    )
    await tab.close()
  })
})
