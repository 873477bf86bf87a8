import type { KeyHost } from './key-host.ts'

/** Sends one request, as `fetch` does. */
export type Transmit = (url: string, init: RequestInit) => Promise<Response>

/** How one request reaches the server that a key stands for. */
export interface Route {
  /** The URL to dial; path and query are those asked for, byte for byte. */
  readonly url: string
  /** True when the connection itself tells the server which key was asked for (PubkyTLS), so no header is needed. */
  readonly carriesKey: boolean
  /** Requests with an equal site share cookies. */
  readonly site: string
  /** Sends the request. */
  readonly fetch: Transmit
}

/** A URL made ready for dialling. */
export interface PreparedTarget {
  readonly route: Route
  /** Value of the `pubky-host` header, if one is needed. */
  readonly tenant: string | undefined
}

/** Finds the way to the servers that keys stand for: by their ICANN names, or by PubkyTLS where the platform can. */
export interface Transport {
  /**
   * The way to `host`; `url` is the URL asked for. Throws `PkarrError` when the records name no usable endpoint.
   */
  route(url: URL, host: KeyHost, signal: AbortSignal | undefined): Promise<Route>
  /** Forgets what was found out, e.g. when a record has changed. */
  forget(): void
}
