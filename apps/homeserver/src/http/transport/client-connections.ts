/** From an accepted socket to a served request: who the client is, and which HTTP it speaks (spec 02 §1, §12.3). */
import { constants, createServer as createHttp2Server, type Http2Session } from 'node:http2'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  BodyWatch,
  type ClientIdentity,
  type ConnectionServer,
  canonicalAddress,
  createClientIdentifier,
  HTTP_DEFAULTS,
  parseNetworks,
  refuseAmbiguousHttp2Request,
  serveConnections,
  WatchedHttp2Request,
} from '@pubky/server-kit'
import { type WireRequest, type WireResponse, wasGivenUp } from '../kernel/wire.ts'
import { readHead } from './connection-head.ts'
import { parseProxyPreface } from './proxy-protocol.ts'

/** How a listener learns the address of its clients. */
export type ClientIdentityMode =
  | { readonly mode: 'direct' }
  | { readonly mode: 'proxy_protocol'; readonly trustedProxies: readonly string[] }

/** Answers a request. */
export type RequestHandler = (request: WireRequest, response: WireResponse, client: ClientIdentity | undefined) => void

/** Connections beyond this number are closed at once: room for many idle event streams beside everything else. */
const MAX_CONNECTIONS = 32_768
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const PROXY_PREFACE_MS = 1_000
const HTTP2_MAX_STREAMS = 128
/** So many requests may a session give up in so many milliseconds: each was work, and counts for no limit of streams. */
const HTTP2_MAX_GIVEN_UP = 2 * HTTP2_MAX_STREAMS
const HTTP2_GIVEN_UP_MS = 10_000
/** An HTTP/2 session on which nothing moves for this long ends; event streams have their keep-alive. */
const HTTP2_IDLE_MS = HTTP_DEFAULTS.keepAliveTimeoutMs
/** A client has this long to close after the session has ended. */
const HTTP2_LINGER_MS = 5_000

/** Serves HTTP/1.1 and, to clients that start with its preface, HTTP/2 on the connections it is given. */
export class ClientConnections implements AsyncDisposable {
  readonly #http1: ConnectionServer
  readonly #http2 = createHttp2Server({
    Http2ServerRequest: WatchedHttp2Request,
    settings: { maxConcurrentStreams: HTTP2_MAX_STREAMS },
  })
  readonly #http2Bodies: BodyWatch
  readonly #sessions = new Map<Http2Session, { readonly client: ClientIdentity | undefined; readonly on: Duplex }>()
  readonly #givenUp = new WeakMap<Http2Session, { count: number; since: number }>()
  /** Connections that have not said yet which HTTP they speak. */
  readonly #fresh = new Set<Duplex>()
  readonly #clients = new WeakMap<Duplex, ClientIdentity>()
  readonly #identify: ReturnType<typeof createClientIdentifier>
  readonly #believesHeaders: boolean

  /** @param init.trustedProxies networks whose `X-Forwarded-For` is believed */
  constructor(init: { readonly handler: RequestHandler; readonly trustedProxies: readonly string[] }) {
    const { handler, trustedProxies } = init
    this.#identify = createClientIdentifier({ trustedProxies })
    this.#believesHeaders = trustedProxies.length > 0
    this.#http1 = serveConnections({
      acceptMissingHost: true,
      limits: { maxConnections: MAX_CONNECTIONS },
      // From the end of the body on, a write completes (spec 02 §10.4). Only streams would never notice.
      outlivesHalfClose: (request) => request.url?.startsWith('/events-stream') !== true,
      listener: (request, response) => {
        handler(request, response, this.#clientOf(this.#clients.get(request.socket), request))
      },
    })
    this.#http2Bodies = new BodyWatch({
      windowMs: HTTP_DEFAULTS.bodyWindowMs,
      minBytes: HTTP_DEFAULTS.minBodyBytes,
    })
    this.#http2.on('request', (request: WatchedHttp2Request, response) => {
      const { stream } = request
      const { session } = stream
      if (session === undefined || session.destroyed) return
      response.once('close', () => {
        if (wasGivenUp(response)) this.#givesUp(session)
      })
      if (refuseAmbiguousHttp2Request(request, response, HTTP_DEFAULTS)) return
      this.#http2Bodies.add(request)
      // An early answer ends the stream: what the client still sends is of no use (RFC 9113 §8.1). The response itself
      // says that it has finished only when the stream is closed; closing in that very turn would overtake its end.
      stream.once('finish', () => {
        if (!request.complete) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR))
      })
      handler(request, response, this.#clientOf(this.#sessions.get(session)?.client, request))
    })
    this.#http2.on('sessionError', () => {})
    this.#http2.setTimeout(HTTP2_IDLE_MS)
  }

  /** Aborted when {@link stop} begins. */
  get stopping(): AbortSignal {
    return this.#http1.stopping
  }

  /** Open connections. */
  get connections(): number {
    return this.#http1.connections + this.#sessions.size + this.#fresh.size
  }

  /** Serves a fresh connection of a known client, whichever HTTP it speaks. */
  accept(connection: Duplex, address: string | undefined): void {
    if (this.stopping.aborted || this.connections >= MAX_CONNECTIONS) {
      discard(connection)
      return
    }
    this.#fresh.add(connection)
    connection.once('close', () => this.#fresh.delete(connection))
    const client = this.#identify({ socket: { remoteAddress: address }, headers: {} })
    let isHttp2 = false
    readHead(
      connection,
      HTTP_DEFAULTS.headersTimeoutMs,
      (bytes) => {
        const known = Math.min(bytes.length, HTTP2_PREFACE.length)
        isHttp2 = bytes.subarray(0, known).equals(HTTP2_PREFACE.subarray(0, known))
        return isHttp2 && known < HTTP2_PREFACE.length ? 'more' : { consumed: 0 }
      },
      () => {
        this.#fresh.delete(connection)
        if (isHttp2) this.#acceptHttp2(connection, client)
        else {
          if (client !== undefined) this.#clients.set(connection, client)
          this.#http1.accept(connection)
          connection.resume()
        }
      },
    )
  }

  /** Stops taking connections and lets running requests finish for at most `drainMs`. */
  async stop(drainMs?: number): Promise<void> {
    const stopped = this.#http1.stop(drainMs)
    for (const connection of this.#fresh) connection.destroy()
    const closed = [...this.#sessions.keys()].map((session) => {
      session.close()
      return new Promise((resolve) => session.once('close', resolve))
    })
    const deadline = setTimeout(() => {
      // Its session would wait for the client, even if it was destroyed.
      for (const { on } of this.#sessions.values()) on.destroy()
    }, drainMs ?? HTTP_DEFAULTS.drainMs)
    await Promise.all([stopped, ...closed])
    clearTimeout(deadline)
    this.#http2Bodies.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #acceptHttp2(connection: Duplex, client: ClientIdentity | undefined): void {
    // The session is made, and announced, before `emit` returns.
    this.#http2.once('session', (session) => {
      this.#sessions.set(session, { client, on: connection })
      session.once('close', () => this.#sessions.delete(session))
    })
    this.#http2.emit('connection', connection)
    // HTTP/2 would wait for ever: for the rest of what a client that has gone was sending, and for the client to close.
    connection.once('end', () => connection.destroy())
    connection.once('finish', () => {
      const timer = setTimeout(() => connection.destroy(), HTTP2_LINGER_MS)
      connection.once('close', () => clearTimeout(timer))
    })
  }

  /** Ends a session that resets its streams faster than anyone who changes their mind. */
  #givesUp(session: Http2Session): void {
    const now = performance.now()
    const earlier = this.#givenUp.get(session)
    const isRecent = earlier !== undefined && now - earlier.since < HTTP2_GIVEN_UP_MS
    const { count, since } = isRecent ? earlier : { count: 0, since: now }
    this.#givenUp.set(session, { count: count + 1, since })
    if (count < HTTP2_MAX_GIVEN_UP || session.destroyed) return
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    session.destroy()
  }

  #clientOf(client: ClientIdentity | undefined, request: WireRequest): ClientIdentity | undefined {
    if (!this.#believesHeaders || client === undefined) return client
    return this.#identify({ socket: { remoteAddress: client.address }, headers: request.headers })
  }
}

/**
 * Finds out the client address of a raw connection, then hands it on. With `proxy_protocol` the preface is mandatory; a
 * peer outside of the trusted networks, a malformed or late preface closes the connection without a byte.
 *
 * @param onRefused told why a connection was closed
 * @param deliver given the connection, positioned behind the preface
 */
export function createIdentityReader(
  identity: ClientIdentityMode,
  onRefused: (reason: string, peer: string | undefined) => void,
  deliver: (connection: Duplex, address: string | undefined) => void,
): (connection: Duplex, peer: string | undefined) => void {
  if (identity.mode === 'direct') return deliver
  const networks = parseNetworks(identity.trustedProxies)
  return (connection, peer) => {
    const address = peer === undefined ? undefined : canonicalAddress(peer)
    if (address === undefined || !networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) {
      onRefused('the peer is no trusted proxy', peer)
      discard(connection)
      return
    }
    let client: string | undefined
    connection.once('close', () => {
      if (client === undefined) onRefused('no complete PROXY preface', peer)
    })
    readHead(
      connection,
      PROXY_PREFACE_MS,
      (bytes) => {
        const preface = parseProxyPreface(bytes)
        if (preface.kind === 'incomplete') return 'more'
        if (preface.kind === 'malformed') return 'refuse'
        client = preface.address
        return { consumed: preface.length }
      },
      () => {
        deliver(connection, client)
        connection.resume()
      },
    )
  }
}

/** Closes a connection without a word. */
function discard(connection: Duplex): void {
  connection.on('error', () => {})
  connection.destroy()
}
