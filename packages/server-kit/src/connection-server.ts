import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { BodyWatch, WatchedRequest } from './body-watch.ts'
import { continueWhenRead } from './continue.ts'
import { refuseAmbiguousRequest } from './request-checks.ts'

/** Defaults of design/reliability.md §5.3; each can be changed per server. */
export const HTTP_DEFAULTS = {
  /** A request head must be complete within this time. */
  headersTimeoutMs: 10_000,
  /** Idle connections live longer than those of common proxies (60 s), which else race with our close. */
  keepAliveTimeoutMs: 75_000,
  /** Request heads above this size are refused with 431. */
  maxHeaderBytes: 16_384,
  /** More header fields than this are refused with 431. */
  maxHeaderCount: 100,
  /** Connections beyond this number are closed at once. */
  maxConnections: 10_000,
  /** A request body that brings less than `minBodyBytes` within this window is cut off. */
  bodyWindowMs: 12_000,
  minBodyBytes: 1024,
  /** How long `stop` waits for requests that run. */
  drainMs: 20_000,
} as const

/** Requests of one connection that wait for those before them; a client that sends more at once is cut off. */
const MAX_WAITING_REQUESTS = 100

export type HttpLimits = { readonly [K in keyof typeof HTTP_DEFAULTS]: number }

/** Speaks HTTP/1.1 on connections that somebody else accepts: TCP sockets, TLS streams. */
export interface ConnectionServer extends AsyncDisposable {
  /** Serves requests on a fresh connection from now on; one too many, or one that comes during `stop`, is destroyed. */
  accept(connection: Duplex): void
  /** Connections that are open. */
  readonly connections: number
  /** Aborted when `stop` begins: long polls and streams end on it. */
  readonly stopping: AbortSignal
  /**
   * Lets running requests finish for at most `drainMs` (default: the limit of that name), then destroys what is left.
   * Idle connections close at once. Calling it again waits for the same stop.
   */
  stop(drainMs?: number): Promise<void>
}

/**
 * Makes a hardened HTTP server (design/reliability.md §5.3, H1–H3): limits on heads, header counts, connections and
 * trickling bodies; ambiguous requests are refused, see `refuseAmbiguousRequest`. There is no limit on how long a
 * request may run, so long polls, streams and large uploads live.
 */
export function serveConnections(init: {
  readonly listener: RequestListener
  readonly limits?: Partial<HttpLimits> | undefined
  /** Whether HTTP/1.1 requests without `Host` reach the listener, which then refuses them in its own words. */
  readonly acceptMissingHost?: boolean
  /**
   * Whether this request goes on when its client has sent everything and closed its direction, as if it waited for the
   * answer. Default: no, a client that closed is gone, and what waits for it ends.
   */
  readonly outlivesHalfClose?: (request: IncomingMessage) => boolean
}): ConnectionServer {
  const limits = { ...HTTP_DEFAULTS, ...init.limits }
  const watch = new BodyWatch({ windowMs: limits.bodyWindowMs, minBytes: limits.minBodyBytes })
  const stopping = new AbortController()
  const sockets = new Set<Duplex>()
  // Node does not count a connection as idle before its first request; those are told apart here.
  const fresh = new Set<Duplex>()
  const responses = new Set<ServerResponse>()
  const queues = new WeakMap<Duplex, { newest: ServerResponse; waiting: number }>()

  /**
   * Requests of one connection run one after the other (RFC 9112 §9.3.2), so that a GET sent right behind a PUT sees
   * what it wrote. Node would run them at once, and would not tell those that wait when their connection is gone.
   */
  const enqueue = (request: WatchedRequest, response: ServerResponse): void => {
    const { socket } = request
    const queue = queues.get(socket)
    const before = queue?.newest
    if (queue === undefined) queues.set(socket, { newest: response, waiting: 0 })
    else queue.newest = response
    // Node gives a response its socket when everything before it has been sent.
    if (queue === undefined || before === undefined || response.socket !== null) serve(request, response)
    else if (queue.waiting >= MAX_WAITING_REQUESTS) socket.destroy()
    else {
      queue.waiting++
      before.once('close', () => {
        queue.waiting--
        if (response.socket !== null) serve(request, response)
      })
    }
  }
  const serve = (request: WatchedRequest, response: ServerResponse): void => {
    fresh.delete(request.socket)
    if (refuseAmbiguousRequest(request, response, limits.maxHeaderCount)) return
    responses.add(response)
    response.once('close', () => responses.delete(response))
    if (stopping.signal.aborted) response.setHeader('connection', 'close')
    watch.add(request)
    init.listener(request, response)
  }
  const server = createServer(
    {
      IncomingMessage: WatchedRequest,
      headersTimeout: limits.headersTimeoutMs,
      // Bodies are watched for progress instead: a large upload may take hours, and a long poll waits.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes,
      requireHostHeader: init.acceptMissingHost !== true,
      connectionsCheckingInterval: Math.min(2_000, limits.headersTimeoutMs),
    },
    enqueue,
  )
  // Node would drop a request that was received completely; `accept` decides instead. Incomplete ones still fail.
  Object.assign(server, { httpAllowHalfOpen: true })
  // One more than allowed reaches the check, which then refuses; Node alone would drop the surplus silently.
  server.maxHeadersCount = limits.maxHeaderCount + 1
  server.on('checkContinue', (request: WatchedRequest, response: ServerResponse) => {
    continueWhenRead(request, response)
    enqueue(request, response)
  })
  // Node starts its head timeouts when a server listens. This one never does: its connections come through `accept`.
  server.emit('listening')

  const emptied = Promise.withResolvers<void>()
  const forget = (connection: Duplex): void => {
    sockets.delete(connection)
    fresh.delete(connection)
    if (stopping.signal.aborted && sockets.size === 0) emptied.resolve()
  }
  const drain = async (drainMs: number): Promise<void> => {
    stopping.abort()
    for (const response of responses) if (!response.headersSent) response.setHeader('connection', 'close')
    for (const connection of fresh) connection.destroy()
    server.closeIdleConnections()
    const ticking = setInterval(() => server.closeIdleConnections(), 20)
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, drainMs)
    if (sockets.size > 0) await emptied.promise
    clearInterval(ticking)
    clearTimeout(deadline)
    watch.close()
    server.close()
  }
  let stopped: Promise<void> | undefined
  const stop = (drainMs: number = limits.drainMs): Promise<void> => {
    stopped ??= drain(drainMs)
    return stopped
  }
  return {
    accept(connection) {
      if (stopping.signal.aborted || sockets.size >= limits.maxConnections) {
        connection.on('error', () => {})
        connection.destroy()
        return
      }
      sockets.add(connection)
      fresh.add(connection)
      connection.once('close', () => forget(connection))
      connection.once('end', () => {
        const request = queues.get(connection)?.newest.req
        if (request === undefined || init.outlivesHalfClose?.(request) !== true) connection.destroy()
      })
      server.emit('connection', connection)
    },
    get connections() {
      return sockets.size
    },
    stopping: stopping.signal,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}
