import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BodyWatch } from './body-watch.ts'
import { ServerKitError } from './errors.ts'
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

export type HttpLimits = { readonly [K in keyof typeof HTTP_DEFAULTS]: number }

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  /** `http://<address>:<port>` of the first address; a wildcard address is shown as `localhost`. */
  readonly url: string
  /** The bound port, the same on every address. */
  readonly port: number
  /** Each bound address as `ip:port` or `[ip]:port`. */
  readonly addresses: readonly string[]
  /** Aborted when `stop` begins: long polls and streams end on it. */
  readonly stopping: AbortSignal
  /**
   * Stops accepting, lets running requests finish for at most `drainMs` (default: the limit of that name), then closes
   * what is left. Idle connections close at once. Calling it again waits for the same stop.
   */
  stop(drainMs?: number): Promise<void>
}

/**
 * Makes a hardened `node:http` server that does not listen: for sockets that come from elsewhere (TLS, PROXY preface),
 * handed over with `server.emit('connection', duplex)`. Ambiguous requests are refused, see `refuseAmbiguousRequest`.
 */
export function createHardenedServer(listener: RequestListener, limits: Partial<HttpLimits> = {}): Server {
  const { headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes, maxHeaderCount, maxConnections, ...body } = {
    ...HTTP_DEFAULTS,
    ...limits,
  }
  const watch = new BodyWatch({ windowMs: body.bodyWindowMs, minBytes: body.minBodyBytes })
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (refuseAmbiguousRequest(request, response, maxHeaderCount)) return
    watch.add(request)
    listener(request, response)
  }
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      // Bodies are watched for progress instead: a large upload may take hours, and a long poll waits.
      requestTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: maxHeaderBytes,
      connectionsCheckingInterval: 2_000,
      noDelay: true,
    },
    serve,
  )
  // One more than allowed reaches the check, which then refuses; Node alone would drop the surplus silently.
  server.maxHeadersCount = maxHeaderCount + 1
  server.maxConnections = maxConnections
  server.on('checkContinue', serve)
  server.on('close', () => watch.close())
  return server
}

/**
 * Listens for HTTP on one port of one or more addresses.
 *
 * @param init.name the server, for messages
 * @param init.listener for a Hono app: `honoListener(app)`
 * @param init.host an address, `localhost` (127.0.0.1 and ::1) or `*` (every address of both families)
 * @param init.port 0 for a free one
 * @param init.portOption what the operator changes when the port is taken, such as `--port`
 * @throws ServerKitError `port-taken` or `listen`, naming the address and `portOption`
 */
export async function startHttpServer(init: {
  readonly name: string
  readonly listener: RequestListener
  readonly host: string
  readonly port: number
  readonly portOption: string
  readonly limits?: Partial<HttpLimits>
}): Promise<HttpServer> {
  const limits = { ...HTTP_DEFAULTS, ...init.limits }
  const stopping = new AbortController()
  const open = new Set<ServerResponse>()
  const listener: RequestListener = (request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    if (stopping.signal.aborted) response.setHeader('connection', 'close')
    init.listener(request, response)
  }
  const servers = await listenEverywhere(init, () => createHardenedServer(listener, limits))
  const bound = servers.map(addressOf)
  const [first] = bound
  if (first === undefined) throw new ServerKitError('listen', `${init.name} has no address to listen on`)

  const drain = async (drainMs: number): Promise<void> => {
    stopping.abort()
    for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close')
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    const closeIdle = (): void => {
      for (const server of servers) server.closeIdleConnections()
    }
    const ticking = setInterval(closeIdle, 20)
    const deadline = setTimeout(() => {
      for (const server of servers) server.closeAllConnections()
    }, drainMs)
    await Promise.all(closed)
    clearInterval(ticking)
    clearTimeout(deadline)
  }
  let stopped: Promise<void> | undefined
  const stop = (drainMs: number = limits.drainMs): Promise<void> => {
    stopped ??= drain(drainMs)
    return stopped
  }
  return {
    url: `http://${isWildcard(first.address) ? 'localhost' : hostOf(first)}:${first.port}`,
    port: first.port,
    addresses: bound.map((address) => `${hostOf(address)}:${address.port}`),
    stopping: stopping.signal,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** With port 0, how many free ports to try until one is free on every address. */
const RANDOM_PORT_ATTEMPTS = 20

async function listenEverywhere(
  init: { readonly name: string; readonly host: string; readonly port: number; readonly portOption: string },
  create: () => Server,
): Promise<readonly Server[]> {
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = []
    try {
      for (const { address, isOptional } of hostAddresses(init.host)) {
        const [earlier] = servers
        const port = earlier === undefined ? init.port : addressOf(earlier).port
        const server = await listen(create(), address, port).catch((error: unknown) => {
          if (isOptional && isUnavailable(error)) return undefined
          throw error
        })
        if (server !== undefined) servers.push(server)
      }
      return servers
    } catch (error) {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
      const isTaken = codeOf(error) === 'EADDRINUSE'
      if (isTaken && init.port === 0 && attempt < RANDOM_PORT_ATTEMPTS) continue
      throw isTaken ? portTaken(init, error) : cannotListen(init, error)
    }
  }
}

/** The IPv6 half of `localhost` and `*` is optional: machines without IPv6 must still start. */
function hostAddresses(host: string): readonly { readonly address: string; readonly isOptional: boolean }[] {
  const pair = host === 'localhost' ? ['127.0.0.1', '::1'] : host === '*' ? ['0.0.0.0', '::'] : undefined
  if (pair === undefined) return [{ address: host.replace(/^\[|\]$/g, ''), isOptional: false }]
  return pair.map((address, index) => ({ address, isOptional: index > 0 }))
}

function listen(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: true, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function portTaken(init: { name: string; host: string; port: number; portOption: string }, cause: unknown) {
  const place = init.host === '*' ? `port ${init.port}` : `${init.host}:${init.port}`
  const message = `${init.name} cannot listen on ${place}: port ${init.port} is taken by another program. Stop that program, or choose another port with ${init.portOption}.`
  return new ServerKitError('port-taken', message, { cause })
}

function cannotListen(init: { name: string; host: string; port: number; portOption: string }, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `${init.name} cannot listen on ${init.host} port ${init.port} (${init.portOption}): ${reason}`
  return new ServerKitError('listen', message, { cause })
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new ServerKitError('listen', 'the server has no port')
  return address
}

function hostOf(address: AddressInfo): string {
  return address.family === 'IPv6' ? `[${address.address}]` : address.address
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
