import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startTestnet } from '@pubky/testnet'
import { expect, test } from 'vitest'
import { bundleForBrowser } from '../../packages/crypto/test/browser-bundle.ts'
import { programOf } from '../sdk/docs-page.ts'
import { launchChromium, requireChromium } from './chromium.ts'

test('the code of docs/sdk/browser.md runs in Chromium and prints what the page says', async (context) => {
  requireChromium(context)
  await using network = await startTestnet()
  const { code, expected } = programOf('browser', 'ts browser', network)
  const file = fileURLToPath(new URL(`docs-browser-${process.pid}.ts`, import.meta.url))
  await writeFile(
    file,
    `const report = (...values) => globalThis.reportLine(values.map(texted).join(' '))
const texted = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
${code}
globalThis.reportLine('done')
`,
  )
  const { code: script } = await bundleForBrowser(file).finally(() => rm(file))
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', () => resolve()))
  try {
    await using browser = await launchChromium()
    const page = await browser.context.newPage()
    const printed: string[] = []
    const finished = new Promise<void>((resolve, reject) => {
      page.on('pageerror', reject)
      void page.exposeFunction('reportLine', (line: string) => {
        if (line === 'done') resolve()
        else printed.push(line)
      })
    })
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)
    await finished
    expect(printed).toEqual(expected)
    expect(expected.length).toBeGreaterThan(2)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
