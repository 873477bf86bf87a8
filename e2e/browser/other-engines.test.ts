import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { Engine } from './engine.ts'
import { ALL_WORKS, type EverywhereSite, serveEverywhere } from './everywhere-site.ts'
import { launchFirefox, requireFirefox } from './firefox.ts'
import { launchWebKit, requireWebKit } from './webkit.ts'

const ENGINES: readonly [string, (test: TestContext) => void, () => Promise<Engine>][] = [
  ['Firefox', requireFirefox, launchFirefox],
  ['WebKit', requireWebKit, launchWebKit],
]

let network: EphemeralTestnet
let site: EverywhereSite

beforeAll(async () => {
  network = await startTestnet()
  site = await serveEverywhere(network)
})

afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

describe.each(ENGINES)('%s', (_, require, launch) => {
  it('runs the SDK in pages and workers, with keys of its own', async (context) => {
    require(context)
    await using browser = await launch()
    await browser.open(site.url('/'))
    expect(await browser.evaluate(site.inPage)).toEqual(ALL_WORKS)
    await browser.open(site.url('/empty.html'))
    expect(await browser.evaluate(site.inWorker(`new Worker('/app.js', { type: 'module' })`))).toEqual(ALL_WORKS)
  })
})
