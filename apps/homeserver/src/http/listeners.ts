/** The sockets of a homeserver: two for clients, one for the operator, one for metrics. */
import type { Keypair } from '@pubky/crypto'
import { type Logger, startHttpServer, startTcpServer } from '@pubky/server-kit'
import { createServer as createTlsServer } from '@pubky/tls'
import type { Closers } from '../closers.ts'
import type { HomeserverConfig } from '../config/schema.ts'
import type { ListenSocket } from '../config/values.ts'
import type { ClientApp } from './client/client-app.ts'
import type { WireRequest, WireResponse } from './kernel/wire.ts'
import { ClientConnections, type ClientIdentityMode, createIdentityReader } from './transport/client-connections.ts'

/** Names of the options that choose the ports. */
export interface PortOptions {
  readonly icann: string
  readonly pubky: string
  readonly admin: string
  readonly metrics: string
  readonly pkarrRelay: string
}

/** The keys of the configuration. */
export const CONFIG_KEYS: PortOptions = {
  icann: 'drive.icann_listen_socket',
  pubky: 'drive.pubky_listen_socket',
  admin: 'admin.listen_socket',
  metrics: 'metrics.listen_socket',
  pkarrRelay: 'pkarr_relay.listen_socket',
}

/** Where clients reach the server. */
export interface ClientListeners {
  /** `http://<address>:<port>` of the plain listener. */
  readonly icannUrl: string
  readonly icannPort: number
  readonly pubkyTlsPort: number
}

/**
 * Both client listeners serve the same requests on the same kind of connections (spec 02 §1).
 * @throws ServerKitError `port-taken`, `listen`, `network`
 */
export async function listenForClients(
  init: {
    readonly keypair: Keypair
    readonly drive: HomeserverConfig['drive']
    readonly portOptions: PortOptions
    readonly client: ClientApp
    readonly log: Logger
  },
  closers: Closers,
): Promise<ClientListeners> {
  const { drive, portOptions, client, log } = init
  const connections = new ClientConnections({
    handler: (request, response, identity) => client.handle(request, response, identity),
    trustedProxies: drive.trusted_proxies,
  })
  const tls = createTlsServer({ keypair: init.keypair, allowHalfOpen: true }, (socket) =>
    connections.accept(socket, socket.remoteAddress),
  )
  // Later ends first: no new connections, then requests run out, then what is left of TLS is cut.
  closers.push(() => tls[Symbol.asyncDispose]())
  closers.push((drainMs) => connections.stop(drainMs))

  const onRefused = (reason: string, peer: string | undefined): void =>
    log.warn({ peer }, `connection closed: ${reason}`)
  const acceptPlain = createIdentityReader(identityMode(drive.icann_client_identity), onRefused, (socket, address) =>
    connections.accept(socket, address),
  )
  const acceptTls = createIdentityReader(identityMode(drive.pubky_client_identity), onRefused, (raw, address) =>
    tls.accept(raw, address === undefined ? {} : { remoteAddress: address }),
  )
  const plain = await startTcpServer(
    { name: 'homeserver', ...drive.icann_listen_socket, portOption: portOptions.icann },
    (socket) => acceptPlain(socket, socket.remoteAddress),
  )
  closers.push(() => closeSoon(plain))
  const secure = await startTcpServer(
    { name: 'homeserver (PubkyTLS)', ...drive.pubky_listen_socket, portOption: portOptions.pubky },
    (socket) => acceptTls(socket, socket.remoteAddress),
  )
  closers.push(() => closeSoon(secure))
  return { icannUrl: `http://${plain.urlHost}:${plain.port}`, icannPort: plain.port, pubkyTlsPort: secure.port }
}

/**
 * Serves an app without PubkyTLS, HTTP/2 or prefaces: for the operator's side.
 * @returns the URL
 * @throws ServerKitError `port-taken`, `listen`
 */
export async function listenPlainly(
  init: { readonly name: string; readonly portOption: string; readonly socket: ListenSocket },
  app: { handle(request: WireRequest, response: WireResponse): void },
  closers: Closers,
): Promise<string> {
  const server = await startHttpServer({
    name: init.name,
    portOption: init.portOption,
    ...init.socket,
    listener: (request, response) => app.handle(request, response),
  })
  closers.push((drainMs) => server.stop(drainMs))
  return server.url
}

/** Stops listening without waiting for the connections, which are drained by whoever serves them. */
function closeSoon(server: { close(): Promise<void> }): void {
  void server.close()
}

function identityMode(identity: HomeserverConfig['drive']['icann_client_identity']): ClientIdentityMode {
  return identity.mode === 'direct'
    ? { mode: 'direct' }
    : { mode: 'proxy_protocol', trustedProxies: identity.trusted_proxies ?? [] }
}
