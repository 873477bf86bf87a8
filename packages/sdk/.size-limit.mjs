/** Sizes of what a page loads, sources bundled and minified as a page's bundler would. */
const fromSources = (config) => ({
  ...config,
  platform: 'browser',
  resolve: { conditionNames: ['source', 'browser', 'module', 'import', 'default'] },
})

export default [
  {
    name: 'whole SDK',
    path: 'src/exports.ts',
    gzip: true,
    limit: '55 kB',
    modifyRolldownConfig: fromSources,
  },
  {
    name: 'keys and public reads',
    path: 'src/exports.ts',
    import: '{ PublicKey, PublicStorage }',
    gzip: true,
    limit: '21 kB',
    modifyRolldownConfig: fromSources,
  },
]
