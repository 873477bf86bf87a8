import { type Endpoint, type PkarrClient, resolveEndpoints } from '@pubky/pkarr'
import { pkarrError } from '../errors/create.ts'
import { globalFetch } from './global-fetch.ts'
import type { KeyHost } from './key-host.ts'
import type { Route, Transport } from './transport.ts'

const LOCALHOST = 'localhost'

/** Reaches homeservers by the ICANN names in their records, as browsers must (spec 05 §4.2). */
export class IcannTransport implements Transport {
  readonly #pkarr: PkarrClient
  readonly #testnetHost: string | undefined

  /** @param testnetHost name of the machine a testnet runs on, if the client is for one */
  constructor(pkarr: PkarrClient, testnetHost: string | undefined) {
    this.#pkarr = pkarr
    this.#testnetHost = testnetHost
  }

  async route(url: URL, _host: KeyHost, signal: AbortSignal | undefined): Promise<Route> {
    for await (const endpoint of resolveEndpoints(this.#pkarr, url.hostname, signal && { signal })) {
      if (endpoint.domain !== undefined) return icannRoute(url, endpoint, endpoint.domain, this.#testnetHost)
    }
    throw noEndpointError(url)
  }
}

/** The way to an endpoint that has a domain. */
export function icannRoute(url: URL, endpoint: Endpoint, domain: string, testnetHost: string | undefined): Route {
  const dialled = new URL(url)
  if (domain === LOCALHOST || domain === testnetHost) {
    if (endpoint.httpPort === undefined) {
      throw pkarrError(
        'Pkarr record is malformed or missing required data: Pkarr record missing required HTTP_PORT parameter for testnet endpoint',
      )
    }
    dialled.protocol = 'http:'
    // A testnet on another machine still calls itself localhost.
    dialled.hostname = testnetHost ?? domain
    dialled.port = String(endpoint.httpPort)
  } else {
    dialled.hostname = domain
    dialled.port = endpoint.port === undefined ? '' : String(endpoint.port)
  }
  return { url: dialled.href, carriesKey: false, site: dialled.origin, fetch: globalFetch }
}

/** The records of a key name no server that this platform can reach. */
export function noEndpointError(url: URL): Error {
  return pkarrError(
    `Pkarr record is malformed or missing required data: No HTTPS endpoints found in PKARR record for \`${url.hostname}\` (original URL: ${url.href})`,
  )
}
