import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DhtNodeInit } from '@pubky/dht'
import { PkarrClient } from '@pubky/pkarr'
import { honoListener, packageVersion, silentLogger, startHttpServer } from '@pubky/server-kit'
import { createApp } from './http/app.ts'
import { Limits } from './http/limits.ts'
import { Lookups } from './http/lookups.ts'
import { BODY_TIMEOUT_MS } from './http/read-body.ts'
import { createRelayMetrics } from './metrics.ts'
import { startMonitoring } from './monitoring.ts'
import { openNetwork } from './network.ts'
import { StatusPage } from './page/status-page.ts'
import { type PkarrRelayInit, settle } from './settings.ts'
import { PacketFile } from './store/packet-file.ts'
import { PacketStore } from './store/packet-store.ts'

/** Heads of requests must be complete, and idle connections end, after this time (spec 04 §2.1). */
const HEAD_TIMEOUT_MS = 30_000
/** How long a stop waits for answers on their way. */
const DRAIN_MS = 1_000
const CACHE_FOLDER = 'pkarr-cache'
const NODES_FILE = 'dht-nodes.json'

/** A relay that listens. */
export interface PkarrRelay extends AsyncDisposable {
  /** `http://host:port`; clients append `/<public key>`. */
  readonly url: string
  readonly port: number
  /** Each bound address as `ip:port` or `[ip]:port`. */
  readonly addresses: readonly string[]
  /** Address of the monitoring socket, if there is one. */
  readonly monitoringUrl: string | undefined
  /** UDP port of the DHT node, if there is one. */
  readonly dhtPort: number | undefined
  /** Packets in the cache. */
  readonly cacheSize: number
  /** Stops serving, writes the cache and leaves the DHT. Stopping twice is fine. */
  stop(): Promise<void>
}

/**
 * Starts a Pkarr relay: an HTTP door to signed packets in the DHT (spec 04 §2).
 *
 * @throws {ServerKitError} `port-taken` or `listen` for a socket, `config` for the cache or the DHT node, `network` for
 *   a trusted proxy that is no network
 */
export async function createPkarrRelay(init: PkarrRelayInit = {}): Promise<PkarrRelay> {
  await using stack = new AsyncDisposableStack()
  const settings = settle(init)
  const { log = silentLogger() } = init
  const version = packageVersion(import.meta.url)
  const limits = init.limits === undefined ? undefined : new Limits(init.limits)

  const folder = await cacheFolder(init, stack)
  const file = settings.cacheSize === 0 ? undefined : PacketFile.open(join(folder, CACHE_FOLDER), settings.cacheSize)
  const onWriteError = (error: unknown) => log.error({ err: error }, 'The cache could not be written')
  const store = stack.use(new PacketStore({ file, capacity: settings.cacheSize, onWriteError }))
  const nodesFile =
    init.cachePath === undefined || file === undefined ? undefined : join(folder, CACHE_FOLDER, NODES_FILE)
  const network = init.network ?? stack.use(await openNetwork({ mainline: mainlineOf(init), log, file: nodesFile }))
  const { minimumTtl, maximumTtl, staleWhileRevalidate, negativeTtlMs } = settings
  const transports = [network.transport]
  const client = stack.use(
    new PkarrClient({ transports, cache: store, minimumTtl, maximumTtl, staleWhileRevalidate, negativeTtlMs }),
  )

  const lookups: Lookups = new Lookups(client, (seconds) => metrics.lookupTook(seconds))
  const runningLookups = () => lookups.running
  const includeProcess = init.measureProcess ?? false
  const metrics = createRelayMetrics({ store, network, runningLookups, includeProcess })
  const page = new StatusPage({ version, store, network, bounds: client })
  const app = createApp({ client, lookups, metrics, page, limits, log }, settings)
  const listener = counted(
    honoListener(app, (error) => log.error({ err: error }, 'A request failed')),
    metrics.request,
  )
  const monitoring =
    init.monitoring === undefined
      ? undefined
      : stack.use(await startMonitoring({ version, metrics, network, store, log }, init.monitoring))
  const server = await startHttpServer({
    name: 'Pkarr relay',
    listener: aged(listener, settings.maxConnectionAgeMs),
    host: settings.host,
    port: settings.port,
    portOption: settings.portOption,
    limits: {
      maxConnections: settings.maxConnections,
      headersTimeoutMs: HEAD_TIMEOUT_MS,
      keepAliveTimeoutMs: HEAD_TIMEOUT_MS,
      // The route answers first; this only catches what never reads a body.
      bodyWindowMs: BODY_TIMEOUT_MS + 5_000,
    },
  })
  stack.defer(() => server.stop(DRAIN_MS))

  const running = stack.move()
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= running.disposeAsync().then(() => log.info('Stopped'))
    return stopped
  }
  return {
    url: server.url,
    port: server.port,
    addresses: server.addresses,
    monitoringUrl: monitoring?.url,
    get dhtPort() {
      return network.info()?.address.port
    },
    get cacheSize() {
      return store.size
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function mainlineOf({ mainline = {}, limits }: PkarrRelayInit): DhtNodeInit {
  if (limits?.dhtQueries === undefined) return mainline
  const { quota, burst = quota.requests } = limits.dhtQueries
  return { ...mainline, queryRate: { perSecond: quota.requests / quota.periodSeconds, burst } }
}

async function cacheFolder(init: PkarrRelayInit, stack: AsyncDisposableStack): Promise<string> {
  if (init.cachePath !== undefined || init.cacheSize === 0) return init.cachePath ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'pkarr-relay-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Tells clients on old connections to open a new one. */
function aged(listener: RequestListener, maxAgeMs: number): RequestListener {
  const openedAt = new WeakMap<object, number>()
  return (request: IncomingMessage, response: ServerResponse) => {
    const now = performance.now()
    const since = openedAt.get(request.socket)
    if (since === undefined) openedAt.set(request.socket, now)
    else if (now - since > maxAgeMs) response.setHeader('connection', 'close')
    listener(request, response)
  }
}

function counted(listener: RequestListener, count: (method: string, status: number) => void): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    response.once('finish', () => count(request.method ?? '', response.statusCode))
    listener(request, response)
  }
}
