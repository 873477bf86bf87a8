import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bundleForBrowser } from '../../packages/crypto/test/browser-bundle.ts'
import { describeResult, type VectorResult } from '../../packages/crypto/test/vector-groups.ts'
import { launchChromium, requireChromium } from './chromium.ts'

/** A secure origin, answered by the test itself. */
const ORIGIN = 'http://localhost/'

test('every vector of spec 01 holds in Chromium', async (context) => {
  requireChromium(context)
  const entry = fileURLToPath(new URL('../../packages/protocol/test/vectors-page.ts', import.meta.url))
  const { code } = await bundleForBrowser(entry)
  await using browser = await launchChromium()
  const page = await browser.context.newPage()
  await page.route(`${ORIGIN}**`, (route) =>
    route.request().url().endsWith('vectors.js')
      ? route.fulfill({ contentType: 'text/javascript', body: code })
      : route.fulfill({
          contentType: 'text/html',
          body: '<!doctype html><script type="module" src="vectors.js"></script>',
        }),
  )
  await page.goto(ORIGIN)
  const results = await page.evaluate<VectorResult[]>('runAllVectors()')
  for (const result of results)
    console.log(`Chromium ${browser.context.browser()?.version()}: ${describeResult(result)}`)
  expect(results.length).toBeGreaterThan(20)
  expect(results.flatMap(({ group, failures }) => failures.map((failure) => `${group}: ${failure}`))).toEqual([])
})
