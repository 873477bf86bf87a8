/** Writes dist/pubky.global.js: the whole SDK as one script for pages without a bundler, as `window.pubky`. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

await build({
  configFile: false,
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  build: {
    emptyOutDir: false,
    lib: {
      entry: 'src/exports.ts',
      name: 'pubky',
      formats: ['iife'],
      fileName: () => 'pubky.global.js',
    },
  },
})
