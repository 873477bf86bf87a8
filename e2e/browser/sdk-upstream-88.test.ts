import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startTestnet } from '@pubky/testnet'
import { expect, test } from 'vitest'
import { bundleForBrowser } from '../../packages/crypto/test/browser-bundle.ts'
import { ALL } from '../sdk/upstream-88/cases/all.ts'
import type { CaseResult, PageConfig } from '../sdk/upstream-88/page.ts'
import { createSignupToken } from '../sdk/upstream-88/signup-token.ts'
import { launchChromium, requireChromium } from './chromium.ts'

/** A web page of its own origin that runs a script. */
async function servePage(code: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', () => resolve()))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('the official JavaScript tests pass in Chromium', async (context) => {
  requireChromium(context)
  const entry = fileURLToPath(new URL('../sdk/upstream-88/page.ts', import.meta.url))
  const { code } = await bundleForBrowser(entry)
  await using network = await startTestnet()
  await using site = await servePage(code)
  await using browser = await launchChromium()
  const page = await browser.context.newPage()
  await page.exposeFunction('createSignupToken', () => createSignupToken(network.homeserver))
  await page.goto(site.url)
  const config: PageConfig = {
    homeserver: network.homeserver.publicKey.z32(),
    relay: `${network.httpRelay.url}/inbox`,
    pkarrRelay: network.pkarrRelay.url,
  }
  const results = await page.evaluate<CaseResult[]>(`runCases(${JSON.stringify(config)})`)
  const expected = Object.values(ALL)
    .flat()
    .filter(({ needs }) => needs !== 'node')
  expect(results.map(({ number }) => number)).toEqual(expected.map(({ number }) => number))
  expect(
    results.flatMap(({ number, title, error }) => (error === undefined ? [] : [`${number} ${title}: ${error}`])),
  ).toEqual([])
})
