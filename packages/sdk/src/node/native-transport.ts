import type { PkarrClient } from '@pubky/pkarr'
import { createConnector } from '@pubky/tls'
import { Agent, type Dispatcher, type RequestInit as UndiciInit, fetch as undiciFetch } from 'undici'
import { ExpiringMap } from '../http/expiring-map.ts'
import { icannOrigin, icannRoute, noEndpointError } from '../http/icann-transport.ts'
import type { KeyHost } from '../http/key-host.ts'
import { anySignal } from '../http/sleep.ts'
import type { Route, Transport } from '../http/transport.ts'
import { inTurns } from './handshake-turns.ts'
import { findReach, REACH_LIFETIME_MS, type Reach } from './reach.ts'

const MAX_REACHES = 1_000

/** How a native transport is set up. */
export interface NativeTransportInit {
  readonly pkarr: PkarrClient
  /** Name of the machine a testnet runs on, if the client is for one. */
  readonly testnetHost: string | undefined
  readonly requestTimeoutMs: number | undefined
  readonly readTimeoutMs: number | undefined
  /** All certificates to trust for domains; the platform's when undefined. */
  readonly rootCertificates: readonly string[] | undefined
  /** Whether records and redirects may lead to plain HTTP. */
  readonly isForTests: boolean
}

/**
 * Reaches homeservers as official native clients do: by PubkyTLS at the addresses in their records, or by their domain
 * where their own door is closed (spec 05 §4.3).
 */
export class NativeTransport implements Transport, AsyncDisposable {
  readonly #init: NativeTransportInit
  readonly #reaches = new ExpiringMap<Reach>(REACH_LIFETIME_MS, MAX_REACHES)
  readonly #pubky: Dispatcher
  readonly #icann: Dispatcher

  constructor(init: NativeTransportInit) {
    this.#init = init
    // 0 switches the limits off: long polls and event streams may be silent for long.
    const limits = { bodyTimeout: init.readTimeoutMs ?? 0, headersTimeout: init.readTimeoutMs ?? 0 }
    const { rootCertificates, isForTests } = init
    const connectAny = createConnector(async (hostname) => {
      const reach = await this.#reach(hostname)
      return reach.kind === 'pubky' ? reach.targets : []
    })
    const connect = inTurns(connectAny, async (hostname) => {
      const reach = await this.#reach(hostname)
      return reach.kind === 'pubky' ? reach.serverKey.z32() : hostname
    })
    this.#pubky = new Agent({
      ...limits,
      connect: (options, callback) => connect(options, callback),
    })
    const icann = new Agent({ ...limits, ...(rootCertificates && { connect: { ca: [...rootCertificates] } }) })
    this.#icann = isForTests ? icann : icann.compose(onlyHttps)
  }

  async route(url: URL, host: KeyHost, signal: AbortSignal | undefined): Promise<Route> {
    const reach = await this.#reach(url.hostname)
    signal?.throwIfAborted()
    if (reach.kind === 'none') {
      this.#reaches.delete(url.hostname)
      throw noEndpointError(url)
    }
    if (reach.kind === 'icann') {
      const route = icannRoute(url, icannOrigin(reach.endpoint, reach.domain, this.#init.testnetHost))
      return { ...route, fetch: (dialled, init) => this.#fetch(dialled, init, this.#icann) }
    }
    return {
      url: url.href,
      carriesKey: host.kind === 'user' || host.key === reach.serverKey.z32(),
      site: `pubky:${reach.serverKey.z32()}`,
      fetch: (dialled, init) => this.#fetch(dialled, init, this.#pubky),
    }
  }

  /** Closes all connections at once. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pubky.destroy(), this.#icann.destroy()])
  }

  forget(): void {
    this.#reaches.clear()
  }

  #reach(hostname: string): Promise<Reach> {
    return this.#reaches.get(hostname, () => findReach(this.#init.pkarr, hostname))
  }

  async #fetch(url: string, init: RequestInit, dispatcher: Dispatcher): Promise<Response> {
    const { requestTimeoutMs } = this.#init
    const deadline = requestTimeoutMs === undefined ? undefined : AbortSignal.timeout(requestTimeoutMs)
    const signal = anySignal(init.signal, deadline)
    const { method, headers, body } = init
    const request: UndiciInit = { dispatcher, redirect: init.redirect ?? 'follow' }
    if (method !== undefined) request.method = method
    const sent = new Headers(headers)
    if (signal !== undefined) request.signal = signal
    if (body instanceof Uint8Array || body instanceof ReadableStream) {
      request.body = body
      request.duplex = 'half'
    } else if (body != null) {
      // The platform's own classes are not those of the undici package, so only what both know passes.
      const encoded = new Response(body)
      const type = encoded.headers.get('content-type')
      if (type !== null && !sent.has('content-type')) sent.set('content-type', type)
      request.body = await encoded.bytes()
    }
    request.headers = [...sent]
    const answer = await undiciFetch(url, request)
    const stream = answer.body as ReadableStream<Uint8Array<ArrayBuffer>> | null
    return new Response(stream, {
      status: answer.status,
      statusText: answer.statusText,
      headers: [...answer.headers],
    })
  }
}

/**
 * Who writes a record, or runs a homeserver that redirects, chooses where this program dials: on the main network never what
 * listens inside of its own machine or data centre, which plain HTTP would reach (spec 05 §4.3).
 */
const onlyHttps: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  if (String(options.origin).startsWith('https:')) return dispatch(options, handler)
  throw new Error('plain HTTP is for test networks')
}
