/** The composition root: configuration in, running servers out. The only file that knows everything. */
import type { Keypair, PublicKey } from '@pubky/crypto'
import type { PkarrClient } from '@pubky/pkarr'
import { type Logger, silentLogger } from '@pubky/server-kit'
import type { Clock } from './clock.ts'
import { Closers } from './closers.ts'
import { checkAdminPassword, hasDefaultPassword } from './config/load.ts'
import { type HomeserverConfig, homeserverConfig } from './config/schema.ts'
import { type CoreInit, openCore } from './core.ts'
import { startDiscovery } from './discovery/discovery.ts'
import { AdminApp } from './http/admin/admin-app.ts'
import { answerLogger } from './http/client/answer-log.ts'
import { ClientApp } from './http/client/client-app.ts'
import { StreamAnswers } from './http/client/stream-answers.ts'
import { WaitingReaders } from './http/kernel/waiting-readers.ts'
import { CONFIG_KEYS, listenForClients, listenPlainly, type PortOptions } from './http/listeners.ts'
import { MetricsApp } from './http/metrics/metrics-app.ts'
import { ServerMetrics } from './http/metrics/server-metrics.ts'
import { KeyTexts } from './http/middleware/key-texts.ts'
import { RequestLimits } from './limits/request-limits.ts'
import { cookiePolicy, coreInit, describeServer, userBandwidth, warnOfSharedAddress } from './settings.ts'

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
  /** Undefined when the embedded Pkarr relay is off. */
  readonly pkarrRelayUrl: string | undefined
  /** Resolves when the first attempt to publish the own record is over, with whether it worked. */
  readonly published: Promise<boolean>
  /** The client API, for what inspects its routes. */
  readonly client: ClientApp
  readonly admin: AdminApp
  /** Lets running requests finish for at most `drainMs`, then closes everything. Calling it again waits for the same. */
  stop(drainMs?: number): Promise<void>
}

/**
 * Starts a homeserver: storage, client listeners, admin and metrics, its own record.
 * @throws ServerKitError for a port that is taken or a refused configuration; HomeserverError `storage-failed`; nothing
 *   is left running then
 */
export async function createHomeserver(init: HomeserverInit): Promise<Homeserver> {
  const config = init.config ?? homeserverConfig({})
  checkAdminPassword(config)
  const closers = new Closers()
  try {
    return await start(init, config, closers)
  } catch (error) {
    await closers.close(0)
    throw error
  }
}

async function start(init: HomeserverInit, config: HomeserverConfig, closers: Closers): Promise<Homeserver> {
  const { keypair } = init
  const log = init.log ?? silentLogger()
  const portOptions = { ...CONFIG_KEYS, ...init.portOptions }
  const onError = (error: unknown): void => log.error({ err: error }, 'a request failed')
  const metrics = new ServerMetrics()
  const core = await openCore(coreInit(init, config, log, metrics))
  closers.push(() => core[Symbol.asyncDispose]())

  const readers = new WaitingReaders()
  closers.push(() => readers[Symbol.dispose]())
  const streams = new StreamAnswers(metrics, { maxPerClient: config.drive.max_event_streams_per_address })
  const client = new ClientApp({
    core,
    identity: keypair,
    metrics,
    streams,
    readers,
    websites: config.drive.websites,
    requestLimits: new RequestLimits(config.drive.rate_limits),
    bandwidth: userBandwidth(core, config),
    cookies: cookiePolicy(config),
    onError,
    ...(log.isLevelEnabled('debug') ? { onAnswer: answerLogger(log) } : {}),
  })
  warnOfSharedAddress(config, log)
  const listeners = await listenForClients({ keypair, drive: config.drive, portOptions, client, log }, closers)

  const describe = () => describeServer(keypair.publicKey, config)
  const password = config.admin.admin_password
  const admin = new AdminApp({
    ...{ core, streams, readers, keys: new KeyTexts(), password, onError, describe },
    isPasswordKnown: hasDefaultPassword(config),
    crossOrigin: config.admin.cross_origin,
  })
  const adminSocket = { name: 'admin server', portOption: portOptions.admin, socket: config.admin.listen_socket }
  const adminUrl = config.admin.enabled ? await listenPlainly(adminSocket, admin, closers) : undefined

  const metricsApp = new MetricsApp(metrics, readers, { storage: () => core.users.statistics().then(() => {}) })
  const metricsSocket = {
    name: 'metrics server',
    portOption: portOptions.metrics,
    socket: config.metrics.listen_socket,
  }
  const metricsUrl = config.metrics.enabled ? await listenPlainly(metricsSocket, metricsApp, closers) : undefined

  const discovery = await startDiscovery(
    {
      keypair,
      config,
      pkarr: init.pkarr,
      plainHttpDomain: init.plainHttpDomain,
      bound: { tlsPort: listeners.pubkyTlsPort, httpPort: listeners.icannPort },
      users: core.users,
      directory: init.directory,
      relayPortOption: portOptions.pkarrRelay,
      metrics,
      log,
    },
    closers,
  )
  // Streams end first: they would outlast every drain.
  closers.push(() => streams.stop())
  return {
    publicKey: keypair.publicKey,
    ...listeners,
    adminUrl,
    adminPassword: password,
    metricsUrl,
    ...discovery,
    client,
    admin,
    stop: (drainMs) => closers.close(drainMs),
    [Symbol.asyncDispose]: () => closers.close(),
  }
}
