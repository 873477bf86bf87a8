import { createMetricsRegistry } from '@pubky/server-kit'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { RelayNetwork } from './network.ts'
import type { PacketStore } from './store/packet-store.ts'

/** How a GET was served. */
export type LookupSource = 'cache' | 'network' | 'not_found' | 'invalid' | 'failed' | 'limited'
/** What became of a PUT. */
export type PublishOutcome = 'stored' | 'not_most_recent' | 'invalid' | 'failed' | 'limited'

/** What a relay counts. */
export interface RelayMetrics {
  readonly registry: Registry
  lookup(source: LookupSource): void
  publish(outcome: PublishOutcome, storedNodes?: number): void
  request(method: string, status: number): void
  /** Seconds a network look-up took. */
  lookupTook(seconds: number): void
}

/** @param includeProcess also measure the process; once per process */
export function createRelayMetrics(init: {
  readonly store: PacketStore
  readonly network: RelayNetwork
  readonly runningLookups: () => number
  readonly includeProcess: boolean
}): RelayMetrics {
  const registry = createMetricsRegistry({ includeProcess: init.includeProcess })
  const registers = [registry]
  const lookups = new Counter({
    name: 'pkarr_relay_lookups_total',
    help: 'GET requests for a key, by what served them',
    labelNames: ['source'],
    registers,
  })
  const publishes = new Counter({
    name: 'pkarr_relay_publishes_total',
    help: 'PUT requests for a key, by outcome',
    labelNames: ['outcome'],
    registers,
  })
  const requests = new Counter({
    name: 'pkarr_relay_http_requests_total',
    help: 'HTTP requests',
    labelNames: ['method', 'status'],
    registers,
  })
  const storedNodes = new Histogram({
    name: 'pkarr_relay_stored_nodes',
    help: 'DHT nodes that stored a published packet',
    buckets: [1, 5, 10, 15, 20, 30, 50],
    registers,
  })
  const seconds = new Histogram({
    name: 'pkarr_relay_lookup_seconds',
    help: 'Time until the DHT had an answer',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
    registers,
  })
  gauge(registry, 'pkarr_relay_cached_packets', 'Packets in the cache', () => init.store.size)
  gauge(registry, 'pkarr_relay_running_lookups', 'Look-ups in the DHT under way', init.runningLookups)
  gauge(registry, 'pkarr_relay_dht_contacts', 'Nodes in the routing table', () => init.network.info()?.contacts ?? 0)
  gauge(
    registry,
    'pkarr_relay_dht_size',
    'Estimated nodes of the DHT',
    () => init.network.info()?.networkSize.nodes ?? 0,
  )
  // Bound once: finding a child by its labels would cost more than counting.
  const lookupChildren = new Map<LookupSource, Counter.Internal>()
  for (const source of ['cache', 'network', 'not_found', 'invalid', 'failed', 'limited'] as const) {
    lookupChildren.set(source, lookups.labels(source))
  }
  const requestChildren = new Map<string, Counter.Internal>()
  return {
    registry,
    lookup: (source) => lookupChildren.get(source)?.inc(),
    publish: (outcome, nodes) => {
      publishes.labels(outcome).inc()
      if (nodes !== undefined) storedNodes.observe(nodes)
    },
    request: (method, status) => {
      const name = `${method} ${status}`
      let child = requestChildren.get(name)
      if (child === undefined) {
        child = requests.labels(method, String(status))
        requestChildren.set(name, child)
      }
      child.inc()
    },
    lookupTook: (value) => seconds.observe(value),
  }
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
