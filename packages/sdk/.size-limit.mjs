/**
 * Sizes of what a page loads, sources bundled and minified as a page's bundler would. "At once" is what the page waits
 * for; "all" adds what is loaded at its first use: `src/later.ts`, `src/rare-reads.ts`, and where only reads are used the
 * library that checks signatures for browsers that cannot.
 */
const asPage = (config) => ({
  ...config,
  input: { page: [config.input].flat()[0] },
  platform: 'browser',
  resolve: { conditionNames: ['source', 'browser', 'module', 'import', 'default'] },
})

const sdk = { path: 'src/exports.ts', gzip: true, modifyRolldownConfig: asPage }
const whole = { ...sdk, import: '*' }
const reads = { ...sdk, import: '{ PublicKey, PublicStorage }' }

export default [
  { ...whole, name: 'whole SDK, at once', entry: 'page', limit: '38 kB' },
  { ...whole, name: 'whole SDK, all', limit: '62.5 kB' },
  { ...reads, name: 'keys and public reads, at once', entry: 'page', limit: '14.8 kB' },
  { ...reads, name: 'keys and public reads, all', limit: '20.5 kB' },
]
