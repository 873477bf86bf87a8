import {
  type HttpServer,
  healthRoutes,
  honoListener,
  type Logger,
  metricsRoutes,
  startHttpServer,
} from '@pubky/server-kit'
import { Hono } from 'hono'
import type { RelayMetrics } from './metrics.ts'
import type { RelayNetwork } from './network.ts'

/** What the probes look at. */
export interface MonitoringComponents {
  readonly version: string
  readonly metrics: RelayMetrics
  readonly network: RelayNetwork
  readonly store: { readonly size: number; readonly capacity: number }
  readonly log: Logger
}

/**
 * Serves `/health` (JSON), `/healthz`, `/readyz` and `/metrics` on a socket of their own (spec 04 §2.8, Better).
 * @throws {ServerKitError} `port-taken`, `listen`
 */
export function startMonitoring(
  components: MonitoringComponents,
  socket: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const { metrics, log } = components
  const app = new Hono()
  app.get('/health', (c) => c.json(healthOf(components), 200, { 'cache-control': 'no-store' }))
  app.route('/', healthRoutes({ dht: () => assertConnected(components.network) }))
  app.route('/', metricsRoutes(metrics.registry))
  return startHttpServer({
    name: 'Pkarr relay monitoring',
    portOption: 'metrics.listen_socket',
    listener: honoListener(app, (error) => log.error({ err: error }, 'A monitoring request failed')),
    ...socket,
  })
}

function healthOf({ version, network, store }: MonitoringComponents) {
  const info = network.info()
  return {
    status: info === undefined || info.contacts > 0 ? 'ok' : 'no DHT nodes known',
    version,
    cache: { size: store.size, capacity: store.capacity },
    dht:
      info === undefined
        ? null
        : {
            port: info.address.port,
            public_address: info.publicAddress ?? null,
            firewalled: info.firewalled,
            server_mode: info.serverMode,
            contacts: info.contacts,
            size_estimate: info.networkSize.nodes,
            size_deviation: info.networkSize.deviation,
          },
  }
}

function assertConnected(network: RelayNetwork): void {
  const info = network.info()
  if (info !== undefined && info.contacts === 0) throw new Error('no DHT nodes known')
}
