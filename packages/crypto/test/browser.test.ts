import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bundleForBrowser } from './browser-bundle.ts'

test('the browser side has no Node-only import', async () => {
  const { code, imports } = await bundleForBrowser(fileURLToPath(new URL('../src/index.ts', import.meta.url)))
  expect(imports).toEqual([])
  expect(code).not.toMatch(/["']node:|\brequire\(|hash-wasm|blake-hash|node-rs/)
  expect(code).toContain('PublicKey')
})

test('a Node-only import would be found', async () => {
  const entry = fileURLToPath(new URL('../src/platform/ed25519.node.ts', import.meta.url))
  await expect(bundleForBrowser(entry)).rejects.toThrow(/ed25519\.node\.ts imports node:crypto/)
})
