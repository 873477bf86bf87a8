import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { EphemeralTestnet } from '@pubky/testnet'
import { bundleForBrowser } from '../../packages/crypto/test/browser-bundle.ts'

/** Where the app of `e2e/sdk/everywhere.ts` is served, under the strictest content security policy it can have. */
export interface EverywhereSite extends AsyncDisposable {
  /** `/` runs the app, `/empty.html` nothing, `/frame.html` has the app in a frame without an origin. */
  url(path: string, host?: string): string
  /** Code for the page at `/`: its promise gives the findings. */
  readonly inPage: string
  /** Code for an empty page. @param start expression for a promise of the worker that is to run `/app.js` */
  inWorker(start: string): string
}

const PAGES: Readonly<Record<string, string>> = {
  '/': '<script type="module" src="/app.js"></script>',
  '/empty.html': '',
  '/frame.html': '<iframe sandbox="allow-scripts" src="/"></iframe>',
}

/** Serves the app for a network. */
export async function serveEverywhere(network: EphemeralTestnet): Promise<EverywhereSite> {
  const { code } = await bundleForBrowser(fileURLToPath(new URL('../sdk/everywhere.ts', import.meta.url)))
  const servers = [network.homeserver.icannUrl, network.httpRelay.url, network.pkarrRelay.url].join(' ')
  const policy = `default-src 'none'; script-src 'self'; frame-src 'self'; connect-src ${servers}`
  const site = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', policy)
    // A frame without an origin asks for its scripts as a stranger.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('content-type', url === '/app.js' ? 'text/javascript' : 'text/html')
    response.end(url === '/app.js' ? code : `<!doctype html>${PAGES[url] ?? ''}`)
  })
  await new Promise<void>((resolve) => site.listen(0, () => resolve()))
  const told = JSON.stringify({
    homeserver: network.homeserver.publicKey.z32(),
    relay: `${network.httpRelay.url}/inbox`,
    pkarrRelay: network.pkarrRelay.url,
  })
  return {
    url: (path, host = 'localhost') => `http://${host}:${(site.address() as AddressInfo).port}${path}`,
    inPage: `(async () => {
      while (!('everywhere' in globalThis)) await new Promise((resolve) => setTimeout(resolve, 20))
      return await everywhere.run(${told})
    })()`,
    inWorker: (start) => `(async () => {
      const worker = await ${start}
      const { port1, port2 } = new MessageChannel()
      const answer = new Promise((resolve) => port1.addEventListener('message', ({ data }) => resolve(data)))
      port1.start()
      worker.postMessage(${told}, [port2])
      const { findings, error } = await answer
      if (error !== undefined) throw new Error(error)
      return findings
    })()`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}

const WORKS = {
  written: 'written anywhere',
  uploaded: 300_000,
  events: ['/pub/everywhere.example/a.txt', '/pub/everywhere.example/b.bin'],
  left: 0,
}

/** What is found where nothing is missing. */
export const ALL_WORKS = { ...WORKS, isDelegationAvailable: true, canKeep: true, kept: 'delegated' }
