import type { RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type ConnectionServer, type HttpLimits, serveConnections } from './connection-server.ts'
import { ServerKitError } from './errors.ts'

/** A server that listens. `stop` also closes the listening sockets. */
export interface HttpServer extends Pick<ConnectionServer, 'connections' | 'stopping' | 'stop'>, AsyncDisposable {
  /** `http://<address>:<port>` of the first address; with `localhost` where that is listened on. */
  readonly url: string
  /** The bound port, the same on every address. */
  readonly port: number
  /** Each bound address as `ip:port` or `[ip]:port`. */
  readonly addresses: readonly string[]
}

/** Where to listen, and how to call it in messages. */
export interface ListenInit {
  /** The server, for messages. */
  readonly name: string
  /** An address, `localhost` (127.0.0.1 and ::1) or `*` (every address of both families). */
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** What the operator changes when the port is taken, such as `--port`. */
  readonly portOption: string
}

/**
 * Listens for HTTP on one port of one or more addresses, see {@link serveConnections} for what is limited and refused.
 *
 * @param init.listener for a Hono app: `honoListener(app)`
 * @throws ServerKitError `port-taken` or `listen`, naming the address and `portOption`
 */
export async function startHttpServer(
  init: ListenInit & { readonly listener: RequestListener; readonly limits?: Partial<HttpLimits> },
): Promise<HttpServer> {
  const server = serveConnections({ listener: init.listener, limits: init.limits })
  const listening = await startTcpServer(init, (socket) => server.accept(socket))
  const stop = async (drainMs?: number): Promise<void> => {
    const closed = listening.close()
    await server.stop(drainMs)
    await closed
  }
  return {
    url: `http://${listening.urlHost}:${listening.port}`,
    port: listening.port,
    addresses: listening.addresses,
    get connections() {
      return server.connections
    },
    stopping: server.stopping,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** Listening TCP sockets. */
export interface TcpServer {
  readonly port: number
  readonly addresses: readonly string[]
  /** Host and no port for a URL to the first address; `localhost` where that is listened on. */
  readonly urlHost: string
  /** Stops listening; resolves when every accepted socket has closed, and does not close them. */
  close(): Promise<void>
}

/** Hosts of which `localhost` is one. */
const NAMED_HOSTS = ['localhost', '*', '0.0.0.0', '::', '[::]']

/** With port 0, how many free ports to try until one is free on every address. */
const RANDOM_PORT_ATTEMPTS = 20

/**
 * Listens for TCP connections on one port of one or more addresses.
 *
 * @throws ServerKitError `port-taken` or `listen`, naming the address and `portOption`
 */
export async function startTcpServer(init: ListenInit, accept: (socket: Socket) => void): Promise<TcpServer> {
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = []
    try {
      for (const { address, isOptional } of hostAddresses(init.host)) {
        const [earlier] = servers
        const port = earlier === undefined ? init.port : addressOf(earlier).port
        // As node:http itself does: half-open, because a client may end its side after the request.
        const fresh = createServer({ allowHalfOpen: true, noDelay: true }, accept)
        const server = await listen(fresh, address, port).catch((error: unknown) => {
          if (isOptional && isUnavailable(error)) return undefined
          throw error
        })
        if (server !== undefined) servers.push(server)
      }
      return describe(servers, init.host)
    } catch (error) {
      await closeAll(servers)
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
      // A connection that the system has no descriptor for is not accepted; unheard, that would end the process.
      server.on('error', () => {})
      resolve(server)
    })
  })
}

function describe(servers: readonly Server[], host: string): TcpServer {
  const bound = servers.map(addressOf)
  const [first] = bound
  if (first === undefined) throw new ServerKitError('listen', 'there is no address to listen on')
  return {
    port: first.port,
    addresses: bound.map((address) => `${hostOf(address)}:${address.port}`),
    urlHost: NAMED_HOSTS.includes(host) ? 'localhost' : hostOf(first),
    close: () => closeAll(servers),
  }
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
}

function portTaken(init: ListenInit, cause: unknown): ServerKitError {
  const place = init.host === '*' ? `port ${init.port}` : `${init.host}:${init.port}`
  const message = `${init.name} cannot listen on ${place}: port ${init.port} is taken by another program. Stop that program, or choose another port with ${init.portOption}.`
  return new ServerKitError('port-taken', message, { cause })
}

function cannotListen(init: ListenInit, cause: unknown): ServerKitError {
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

function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
