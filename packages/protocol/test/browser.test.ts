import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bundleForBrowser } from '../../crypto/test/browser-bundle.ts'

test('the browser side has no Node-only import', async () => {
  const { code, imports } = await bundleForBrowser(fileURLToPath(new URL('../src/index.ts', import.meta.url)))
  expect(imports).toEqual([])
  expect(code).not.toMatch(/["']node:|\brequire\(/)
  expect(code).toContain('pubky-grant')
})
