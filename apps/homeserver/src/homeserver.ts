/** The composition root: configuration in, running servers out. The only file that knows everything. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Keypair, PublicKey } from '@pubky/crypto'
import type { PkarrClient } from '@pubky/pkarr'
import { type Logger, silentLogger, startHttpServer, startTcpServer } from '@pubky/server-kit'
import { createServer as createTlsServer } from '@pubky/tls'
import type { DefaultQuota } from './accounts/users.ts'
import { type Clock, systemClock } from './clock.ts'
import { checkAdminPassword } from './config/load.ts'
import { type HomeserverConfig, homeserverConfig } from './config/schema.ts'
import type { ListenSocket } from './config/values.ts'
import { type Core, type CoreInit, openCore } from './core.ts'
import { openPkarrNetwork } from './discovery/network.ts'
import { OwnRecord, publicAddress } from './discovery/own-record.ts'
import { UserRecords } from './discovery/user-records.ts'
import { AdminApp } from './http/admin/admin-app.ts'
import { ClientApp } from './http/client/client-app.ts'
import { StreamAnswers } from './http/client/stream-answers.ts'
import { MetricsApp } from './http/metrics/metrics-app.ts'
import { ServerMetrics } from './http/metrics/server-metrics.ts'
import { KeyTexts } from './http/middleware/key-texts.ts'
import {
  ClientConnections,
  type ClientIdentityMode,
  createIdentityReader,
} from './http/transport/client-connections.ts'
import { RequestLimits } from './limits/request-limits.ts'
import { UserBandwidth } from './limits/user-bandwidth.ts'
import { VERSION } from './version.ts'

/** What a homeserver is made of. */
export interface HomeserverInit {
  /** The server's identity. */
  readonly keypair: Keypair
  /** Default: {@link homeserverConfig} of nothing. */
  readonly config?: HomeserverConfig
  /** Folder of database and bodies; left out: everything in memory. */
  readonly directory?: string | undefined
  /** Encryption at rest. Default: a fresh key, which only fits a server in memory. */
  readonly encryption?: CoreInit['encryption']
  /** The network to publish on. Default: DHT and relays of the configuration; `false`: none. */
  readonly pkarr?: PkarrClient | false
  readonly log?: Logger
  readonly clock?: Clock
  /** A domain other than `localhost` that clients of a testnet reach by plain HTTP; published with the HTTP port. */
  readonly plainHttpDomain?: string
  /** What messages about a taken port tell the operator to change. Default: the keys of the configuration. */
  readonly portOptions?: Partial<PortOptions>
  /** Called when the disk can no longer be trusted; the process should exit. */
  readonly onFatal?: (error: Error) => void
}

/** Names of the options that choose the ports. */
export interface PortOptions {
  readonly icann: string
  readonly pubky: string
  readonly admin: string
  readonly metrics: string
}

const CONFIG_KEYS: PortOptions = {
  icann: 'drive.icann_listen_socket',
  pubky: 'drive.pubky_listen_socket',
  admin: 'admin.listen_socket',
  metrics: 'metrics.listen_socket',
}

/** A running homeserver. */
export interface Homeserver extends AsyncDisposable {
  readonly publicKey: PublicKey
  /** `http://<address>:<port>` of the plain listener. */
  readonly icannUrl: string
  readonly icannPort: number
  readonly pubkyTlsPort: number
  /** Undefined when the admin API is off. */
  readonly adminUrl: string | undefined
  readonly adminPassword: string
  /** Undefined when metrics are off. */
  readonly metricsUrl: string | undefined
  /** Resolves when the first attempt to publish the own record is over, with whether it worked. */
  readonly published: Promise<boolean>
  /** The client API, for what inspects its routes. */
  readonly client: ClientApp
  readonly admin: AdminApp
  /** Lets running requests finish for at most `drainMs`, then closes everything. Calling it again waits for the same. */
  stop(drainMs?: number): Promise<void>
}

/** Ends what was started, last first. */
type Closer = (drainMs?: number) => Promise<unknown> | unknown

/**
 * Starts a homeserver: storage, client listeners, admin and metrics, its own record.
 * @throws ServerKitError for a port that is taken or a refused configuration; HomeserverError `storage-failed`; nothing
 *   is left running then
 */
export async function createHomeserver(init: HomeserverInit): Promise<Homeserver> {
  const config = init.config ?? homeserverConfig({})
  checkAdminPassword(config)
  const closers: Closer[] = []
  const stop = async (drainMs?: number): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close(drainMs)
  }
  try {
    return await start(init, config, closers, stop)
  } catch (error) {
    await stop(0)
    throw error
  }
}

async function start(
  init: HomeserverInit,
  config: HomeserverConfig,
  closers: Closer[],
  close: (drainMs?: number) => Promise<void>,
): Promise<Homeserver> {
  const { keypair } = init
  const log = init.log ?? silentLogger()
  const onError = (error: unknown): void => log.error({ err: error }, 'a request failed')
  const core = await openCore(coreInit(init, config, log))
  closers.push(() => core[Symbol.asyncDispose]())

  const stopping = new AbortController()
  const metrics = new ServerMetrics()
  const streams = new StreamAnswers(metrics, stopping.signal)
  closers.push(() => streams[Symbol.dispose]())
  const client = new ClientApp({
    core,
    identity: keypair,
    metrics,
    streams,
    websites: config.drive.websites,
    requestLimits: new RequestLimits(config.drive.rate_limits),
    bandwidth: userBandwidth(core, config),
    onError,
  })
  const portOptions = { ...CONFIG_KEYS, ...init.portOptions }
  const listeners = await listenForClients(keypair, config, portOptions, client, log, closers)

  const admin = new AdminApp({
    core,
    streams,
    keys: new KeyTexts(),
    password: config.admin.admin_password,
    onError,
    describe: () => describeServer(keypair.publicKey, config),
  })
  const adminServer = config.admin.enabled
    ? await listenPlainly('admin server', portOptions.admin, config.admin.listen_socket, admin, closers)
    : undefined
  const metricsServer = config.metrics.enabled
    ? await listenPlainly(
        'metrics server',
        portOptions.metrics,
        config.metrics.listen_socket,
        new MetricsApp(metrics, { storage: () => core.users.statistics().then(() => {}) }),
        closers,
      )
    : undefined
  const { published } = await startDiscovery(init, config, core, listeners, log, closers)
  // Streams end first: they would outlast every drain.
  closers.push(() => stopping.abort())

  let stopped: Promise<void> | undefined
  const stop = (drainMs?: number): Promise<void> => {
    stopped ??= close(drainMs)
    return stopped
  }
  return {
    publicKey: keypair.publicKey,
    ...listeners,
    adminUrl: adminServer?.url,
    adminPassword: config.admin.admin_password,
    metricsUrl: metricsServer?.url,
    published,
    client,
    admin,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

interface Listeners {
  readonly icannUrl: string
  readonly icannPort: number
  readonly pubkyTlsPort: number
}

/** Both client listeners serve the same requests on the same kind of connections (spec 02 §1). */
async function listenForClients(
  keypair: Keypair,
  config: HomeserverConfig,
  portOptions: PortOptions,
  client: ClientApp,
  log: Logger,
  closers: Closer[],
): Promise<Listeners> {
  const { drive } = config
  const connections = new ClientConnections({
    handler: (request, response, identity) => client.handle(request, response, identity),
    trustedProxies: drive.trusted_proxies,
  })
  closers.push((drainMs) => connections.stop(drainMs))
  const onRefused = (reason: string, peer: string | undefined): void =>
    log.warn({ peer }, `connection closed: ${reason}`)

  const acceptPlain = createIdentityReader(identityMode(drive.icann_client_identity), onRefused, (socket, address) =>
    connections.accept(socket, address),
  )
  const plain = await startTcpServer(
    { name: 'homeserver', ...drive.icann_listen_socket, portOption: portOptions.icann },
    (socket) => acceptPlain(socket, socket.remoteAddress),
  )
  closers.push(() => closeSoon(plain))

  const tls = createTlsServer({ keypair, allowHalfOpen: true }, (socket) =>
    connections.accept(socket, socket.remoteAddress),
  )
  closers.push(() => tls[Symbol.asyncDispose]())
  const acceptTls = createIdentityReader(identityMode(drive.pubky_client_identity), onRefused, (raw, address) =>
    tls.accept(raw, address === undefined ? {} : { remoteAddress: address }),
  )
  const secure = await startTcpServer(
    { name: 'homeserver (PubkyTLS)', ...drive.pubky_listen_socket, portOption: portOptions.pubky },
    (socket) => acceptTls(socket, socket.remoteAddress),
  )
  closers.push(() => closeSoon(secure))
  return { icannUrl: `http://${plain.urlHost}:${plain.port}`, icannPort: plain.port, pubkyTlsPort: secure.port }
}

/** Stops listening without waiting for the connections, which are drained by whoever serves them. */
function closeSoon(server: { close(): Promise<void> }): void {
  void server.close()
}

async function listenPlainly(
  name: string,
  portOption: string,
  socket: ListenSocket,
  app: Pick<AdminApp | MetricsApp, 'handle'>,
  closers: Closer[],
): Promise<{ readonly url: string }> {
  const server = await startHttpServer({
    name,
    ...socket,
    portOption,
    listener: (request, response) => app.handle(request, response),
  })
  closers.push((drainMs) => server.stop(drainMs))
  return server
}

async function startDiscovery(
  init: HomeserverInit,
  config: HomeserverConfig,
  core: Core,
  listeners: Listeners,
  log: Logger,
  closers: Closer[],
): Promise<{ readonly published: Promise<boolean> }> {
  const { keypair, pkarr } = init
  const { pkdns } = config
  if (pkarr === false || !pkdns.publish) return { published: Promise.resolve(false) }
  let client = pkarr
  if (client === undefined) {
    const network = await openPkarrNetwork(pkdns)
    closers.push(() => network[Symbol.asyncDispose]())
    client = network.client
  }
  const bound = { tlsPort: listeners.pubkyTlsPort, httpPort: listeners.icannPort }
  const isPublicNetwork = pkarr === undefined && pkdns.dht_bootstrap_nodes === undefined
  const address = { ...publicAddress(pkdns, bound, isPublicNetwork), plainHttpDomain: init.plainHttpDomain }
  const record = new OwnRecord({ keypair, network: client, address, log })
  closers.push(() => record[Symbol.dispose]())
  const interval = pkdns.user_keys_republisher_interval
  if (interval > 0) {
    const users = new UserRecords({
      users: core.users,
      client,
      homeserver: keypair.publicKey,
      intervalSeconds: Math.max(interval, MIN_REPUBLISH_SECONDS),
      log,
    })
    users.start()
    closers.push(() => users[Symbol.asyncDispose]())
  }
  return { published: record.start() }
}

const MIN_REPUBLISH_SECONDS = 1_800
const MEGABYTE = 1_048_576

function coreInit(init: HomeserverInit, config: HomeserverConfig, log: Logger): CoreInit {
  const { drive, storage } = config
  const inMemory = init.directory === undefined || storage.type === 'in_memory'
  return {
    directory: inMemory ? undefined : init.directory,
    encryption: !storage.encryption.enabled
      ? 'off'
      : (init.encryption ?? { rootKey: crypto.getRandomValues(new Uint8Array(32)) }),
    homeserver: init.keypair.publicKey.z32(),
    signupMode: config.general.signup_mode === 'open' ? 'open' : 'token-required',
    defaultQuota: defaultQuota(config),
    maxBodyBytes: drive.max_body_bytes,
    maxLocksPerUser: drive.max_locks_per_user,
    maxStreams: drive.max_event_streams,
    lowWaterBytes: storage.low_water_mb * MEGABYTE,
    clock: init.clock ?? systemClock,
    log,
    onFatal: init.onFatal ?? ((error) => log.fatal({ err: error }, 'the storage can no longer be trusted')),
  }
}

function defaultQuota({ general, storage, default_quotas: rates }: HomeserverConfig): DefaultQuota {
  const deprecated = general.user_storage_quota_mb === 0 ? undefined : general.user_storage_quota_mb
  return {
    storageMb: storage.default_quota_mb ?? deprecated,
    rateRead: rates.rate_read,
    rateWrite: rates.rate_write,
    rateReadBurst: rates.rate_read_burst,
    rateWriteBurst: rates.rate_write_burst,
  }
}

function userBandwidth(core: Core, config: HomeserverConfig): UserBandwidth {
  return new UserBandwidth({
    users: core.users,
    defaults: defaultQuota(config),
    unauthenticatedRate: config.default_quotas.unauthenticated_ip_rate_read,
    clock: { now: () => performance.now(), random: Math.random, sleep: (ms) => sleep(ms) },
  })
}

function identityMode(identity: HomeserverConfig['drive']['icann_client_identity']): ClientIdentityMode {
  return identity.mode === 'direct'
    ? { mode: 'direct' }
    : { mode: 'proxy_protocol', trustedProxies: identity.trusted_proxies ?? [] }
}

/** Ports as configured, not as bound: that is what operators read here (spec 03 §2.4). */
function describeServer(publicKey: PublicKey, { pkdns, drive }: HomeserverConfig) {
  const tlsPort = pkdns.public_pubky_tls_port ?? drive.pubky_listen_socket.port
  const httpPort = pkdns.public_icann_http_port ?? drive.icann_listen_socket.port
  return {
    publicKey: publicKey.z32(),
    pubkyAddress: tlsPort === 0 || pkdns.public_ip === '' ? null : `${bracketed(pkdns.public_ip)}:${tlsPort}`,
    icannDomain: httpPort === 0 || pkdns.icann_domain === '' ? null : `${pkdns.icann_domain}:${httpPort}`,
    version: VERSION,
  }
}

function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}
