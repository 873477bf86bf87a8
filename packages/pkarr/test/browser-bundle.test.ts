import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, it } from 'vitest'

/** Code of the package with everything it needs, keys and signatures included, gzipped. */
const MAX_BUNDLE_BYTES = 40_000

it('bundles for browsers without a Node module, and stays small', async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('../src/index.ts', import.meta.url)), formats: ['es'] },
    },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const code = outputs
    .flatMap((part) => ('output' in part ? part.output : []))
    .map((file) => ('code' in file ? file.code : ''))
  expect(code.join('')).not.toMatch(/["'](?:node:|__vite-browser-external)/)
  expect(code.join('')).toContain('no-store')
  expect(gzipSync(code.join('')).length).toBeLessThan(MAX_BUNDLE_BYTES)
})
