import { defineConfig } from 'vitest/config'

/** Workspace packages are imported from their sources, as at run time (`node --conditions=source`). */
const conditions = ['source', 'node']
/** Floods, churning networks and soaks: they need the machine for themselves. */
const LOAD = ['packages/dht/test/{hostile,network,weather}.test.ts', 'packages/tls/test/soak.test.ts']
/** Firefox and WebKit, which on Linux does not always make a key or start: by hand, before a release. */
const ENGINES = ['e2e/browser/other-engines.test.ts']
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  test: {
    reporters: ['default', './scripts/summary-reporter.ts'],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...LOAD],
          testTimeout: 30_000,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'load',
          include: LOAD,
          testTimeout: 180_000,
          // Their bounds are about datagrams that arrive in time: a busy machine spoils one run, a mistake all.
          retry: 2,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        // Whole networks and official software that comes with the workspace.
        test: {
          name: 'e2e',
          include: ['e2e/{interop/official-js,faults,conformance,scale-out,sdk}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        // Official and independent software that the machine must bring (Rust, GnuTLS, libtorrent, PostgreSQL).
        test: {
          name: 'peers',
          include: ['e2e/interop/{official-rust,gnutls,libtorrent,official-homeserver}/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'browser',
          include: ['e2e/browser/**/*.test.ts'],
          exclude: ENGINES,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: { name: 'engines', include: ENGINES, testTimeout: 120_000, hookTimeout: 60_000 },
      },
    ],
  },
})
