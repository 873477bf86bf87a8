/** What the server counts (spec 02 §15, 03 §4). Names, types and labels are upstream's: dashboards exist. */
import { createMetricsRegistry } from '@pubky/server-kit'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ClientExchange } from '../client/client-exchange.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'
import { queryHosts } from '../middleware/tenant.ts'

const SCOPE = { otel_scope_name: 'pubky_homeserver' }
const QUERY_MS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
const STREAM_MS = [10, 100, 1000, 10_000, 100_000]

/** The instruments of one server; each server has a registry of its own. */
export class ServerMetrics {
  readonly registry: Registry
  readonly #signups: Counter.Internal
  readonly #streams: Gauge.Internal<'otel_scope_name'>
  readonly #streamDuration: Histogram.Internal<'otel_scope_name'>
  readonly #feedDuration: Histogram.Internal<'otel_scope_name'>
  readonly #laggards: Counter.Internal
  readonly #storage: Counter<StorageLabel>
  readonly #storageCells = new Map<string, Counter.Internal>()

  constructor() {
    this.registry = createMetricsRegistry()
    const registers = [this.registry]
    const scoped = { registers, labelNames: ['otel_scope_name'] as const }
    this.#signups = new Counter({ name: 'signup_count_total', help: 'Successful sign-ups', ...scoped }).labels(SCOPE)
    this.#streams = new Gauge({
      name: 'event_stream_active_connections',
      help: 'Open event streams, of clients and operators',
      ...scoped,
    }).labels(SCOPE)
    this.#streamDuration = new Histogram({
      name: 'event_stream_connection_duration_ms',
      help: 'How long event streams were open',
      buckets: STREAM_MS,
      ...scoped,
    }).labels(SCOPE)
    this.#feedDuration = new Histogram({
      name: 'events_db_query_duration_ms',
      help: 'Database query of GET /events/',
      buckets: QUERY_MS,
      ...scoped,
    }).labels(SCOPE)
    this.#laggards = new Counter({
      name: 'event_stream_broadcast_lagged_count_total',
      help: 'Event streams closed because their reader was too slow',
      ...scoped,
    }).labels(SCOPE)
    this.#storage = new Counter({
      name: 'storage_request_count_total',
      help: 'Requests that reached a storage route with a tenant',
      labelNames: [
        'addressing_mode',
        'auth_method',
        'otel_scope_name',
        'pubky_host_header',
        'pubky_host_query',
      ] as const,
      registers,
    })
    new Gauge({
      name: 'target_info',
      help: 'The service',
      labelNames: ['service_name'] as const,
      registers,
    })
      .labels({ service_name: 'pubky_homeserver' })
      .set(1)
    this.#signups.inc(0)
    this.#laggards.inc(0)
    this.#streams.set(0)
  }

  signedUp(): void {
    this.#signups.inc()
  }

  feedQueried(ms: number): void {
    this.#feedDuration.observe(ms)
  }

  streamOpened(): void {
    this.#streams.inc()
  }

  streamClosed(ms: number, wasSlow: boolean): void {
    this.#streams.dec()
    this.#streamDuration.observe(ms)
    if (wasSlow) this.#laggards.inc()
  }

  /** Counts a storage request; no label says who or what. */
  storageRequested(exchange: ClientExchange, keys: KeyTexts): void {
    if (exchange.tenant === undefined) return
    const mode = exchange.target === undefined ? 'legacy' : 'path'
    const auth = exchange.session?.kind ?? 'none'
    const header = hostHeader(exchange, keys)
    const query = String(queryHosts(exchange.query).length > 0)
    const name = `${mode} ${auth} ${header} ${query}`
    let cell = this.#storageCells.get(name)
    if (cell === undefined) {
      cell = this.#storage.labels({
        addressing_mode: mode,
        auth_method: auth,
        ...SCOPE,
        pubky_host_header: header,
        pubky_host_query: query,
      })
      this.#storageCells.set(name, cell)
    }
    cell.inc()
  }
}

type StorageLabel = 'addressing_mode' | 'auth_method' | 'otel_scope_name' | 'pubky_host_header' | 'pubky_host_query'

function hostHeader(exchange: ClientExchange, keys: KeyTexts): 'absent' | 'matching' | 'other' {
  const text = exchange.header('pubky-host')
  if (text === undefined) return 'absent'
  return keys.fromAddress(text) === exchange.tenant ? 'matching' : 'other'
}
