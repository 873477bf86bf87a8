/** Serves the example pages together with a testnet: `pnpm --filter @pubky/examples pages [port]` */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, createServer, type Plugin, type Rolldown, type ViteDevServer } from 'vite'
import { type LocalNetwork, useTestnet } from './testnet.ts'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
/** Workspace packages from their sources. */
const RESOLVE = { conditions: ['source', 'browser', 'module', 'import', 'default'] }

/** A running page server with its network. */
export interface ServedPages extends AsyncDisposable {
  readonly url: string
  readonly network: LocalNetwork
}

/** Starts a testnet, unless one runs, and the pages. @param port 0 is any */
export async function servePages(port: number): Promise<ServedPages> {
  const network = await useTestnet()
  const server = await createServer({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    resolve: RESOLVE,
    optimizeDeps: { noDiscovery: true },
    server: { port, strictPort: port !== 0, hmr: false },
    plugins: [tellNetwork(network), servePlainPage()],
  })
  await server.listen()
  return {
    url: server.resolvedUrls?.local[0] ?? '',
    network,
    async [Symbol.asyncDispose]() {
      await server.close()
      await network[Symbol.asyncDispose]()
    },
  }
}

/** Pages ask here which network to use; a page for the main network needs nothing of the kind. */
function tellNetwork({ relay, pkarrRelay, homeserver }: LocalNetwork): Plugin {
  const answer = JSON.stringify({ relay, pkarrRelay, homeserver: homeserver.z32() })
  return middleware('network', '/network.json', 'application/json', async () => answer)
}

/** The page without a bundler, and what it gets from a CDN: the SDK as one script, a QR code library as one module. */
function servePlainPage(): Plugin[] {
  return [
    middleware('notes', '/notes.html', 'text/html', () => readFile(`${ROOT}notes.html`, 'utf8')),
    middleware('sdk-script', '/pubky.js', 'text/javascript', () => bundle('@pubky/sdk', 'iife')),
    middleware('qr-script', '/uqr.js', 'text/javascript', () => bundle('uqr', 'es')),
  ]
}

function middleware(name: string, path: string, type: string, body: () => Promise<string>): Plugin {
  let ready: Promise<string> | undefined
  return {
    name,
    configureServer(server: ViteDevServer) {
      server.middlewares.use(path, async (_, response) => {
        ready ??= body()
        response.setHeader('content-type', type)
        response.end(await ready)
      })
    },
  }
}

/** A package as one module, or as one script that puts it into the global variable `pubky`. */
async function bundle(entry: string, format: 'es' | 'iife'): Promise<string> {
  const result = await build({
    configFile: false,
    root: ROOT,
    logLevel: 'silent',
    resolve: RESOLVE,
    build: {
      write: false,
      lib: { entry: fileURLToPath(import.meta.resolve(entry)), name: 'pubky', formats: [format], fileName: 'bundle' },
      rolldownOptions: { output: { exports: 'named' } },
    },
  })
  const [output] = [result].flat() as Rolldown.RolldownOutput[]
  return output?.output.find((file) => file.type === 'chunk')?.code ?? ''
}

if (import.meta.main) {
  const pages = await servePages(Number(process.argv[2] ?? 5173))
  console.log(`notes, one file:           ${pages.url}notes.html`)
  console.log(`sign in by QR:             ${pages.url}2-auth-flow/`)
  console.log(`several accounts, kept:    ${pages.url}5-browser-session-persistence/`)
  console.log('approve a request with:    pnpm --filter @pubky/examples authenticator "pubkyauth://…"')
}
