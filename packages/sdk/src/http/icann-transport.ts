import { type Endpoint, type Resolver, resolveEndpoints } from '@pubky/pkarr'
import { pkarrError } from '../errors/create.ts'
import { ExpiringMap } from './expiring-map.ts'
import { globalFetch } from './global-fetch.ts'
import type { KeyHost } from './key-host.ts'
import type { Route, Transport } from './transport.ts'

const LOCALHOST = 'localhost'

/** Milliseconds for which an endpoint is used without reading its records again. */
const ENDPOINT_LIFETIME_MS = 5_000
const MAX_ENDPOINTS = 256

/** Reaches homeservers by the ICANN names in their records, as browsers must (spec 05 §4.2). */
export class IcannTransport implements Transport {
  readonly #pkarr: Resolver
  readonly #testnetHost: string | undefined
  readonly #origins = new ExpiringMap<string>(ENDPOINT_LIFETIME_MS, MAX_ENDPOINTS)

  /** @param testnetHost name of the machine a testnet runs on, if the client is for one */
  constructor(pkarr: Resolver, testnetHost: string | undefined) {
    this.#pkarr = pkarr
    this.#testnetHost = testnetHost
  }

  async route(url: URL, _host: KeyHost, signal: AbortSignal | undefined): Promise<Route> {
    signal?.throwIfAborted()
    return icannRoute(url, await this.#origins.get(url.hostname, () => this.#findOrigin(url)))
  }

  forget(): void {
    this.#origins.clear()
  }

  /** Shared by all who ask for this host, so no single caller's signal ends it. */
  async #findOrigin(url: URL): Promise<string> {
    for await (const endpoint of resolveEndpoints(this.#pkarr, url.hostname)) {
      if (endpoint.domain !== undefined) return icannOrigin(endpoint, endpoint.domain, this.#testnetHost)
    }
    throw noEndpointError(url)
  }
}

/** The way to a server at an origin; path and query stay as they are. */
export function icannRoute(url: URL, origin: string): Route {
  return { url: origin + url.pathname + url.search, carriesKey: false, site: origin, fetch: globalFetch }
}

/** The origin of an endpoint that has a domain (spec 05 §4.2). */
export function icannOrigin(endpoint: Endpoint, domain: string, testnetHost: string | undefined): string {
  const { port, httpPort } = endpoint
  if (domain !== LOCALHOST && domain !== testnetHost) {
    return new URL(`https://${domain}${port === undefined ? '' : `:${port}`}`).origin
  }
  if (httpPort === undefined) {
    throw pkarrError(
      'Pkarr record is malformed or missing required data: Pkarr record missing required HTTP_PORT parameter for testnet endpoint',
    )
  }
  // A testnet on another machine still calls itself localhost.
  return `http://${testnetHost ?? domain}:${httpPort}`
}

/** The records of a key name no server that this platform can reach. */
export function noEndpointError(url: URL): Error {
  return pkarrError(
    `Pkarr record is malformed or missing required data: No HTTPS endpoints found in PKARR record for \`${url.hostname}\` (original URL: ${url.href})`,
  )
}
