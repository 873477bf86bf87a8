import { build, type Rolldown } from 'vite'

/** A package's browser side as one minified module. */
export interface BrowserBundle {
  readonly code: string
  /** What the code still imports; nothing, when all of it runs in a page. */
  readonly imports: readonly string[]
}

/**
 * Bundles an entry for browsers, with the conditions that a page's bundler sets and the sources of the workspace. A
 * `node:` import anywhere on the way is an error, not the stub that bundlers put in its place.
 * @param entry absolute path
 */
export async function bundleForBrowser(entry: string): Promise<BrowserBundle> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'refuse-node-imports',
        enforce: 'pre',
        resolveId(source, importer) {
          if (source.startsWith('node:')) throw new Error(`${importer ?? entry} imports ${source}`)
        },
      },
    ],
    resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
    build: {
      write: false,
      target: 'es2023',
      // Not library mode: it leaves the white space in.
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        output: { format: 'es', codeSplitting: false },
      },
      modulePreload: false,
    },
  })
  const [output] = [result].flat() as Rolldown.RolldownOutput[]
  const chunks = output?.output.filter((file) => file.type === 'chunk') ?? []
  const own = new Set(chunks.map(({ fileName }) => fileName))
  const imports = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
  return { code: chunks.map(({ code }) => code).join('\n'), imports: imports.filter((file) => !own.has(file)) }
}
