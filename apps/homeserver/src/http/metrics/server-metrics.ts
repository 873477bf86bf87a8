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
  readonly #storageCells = storageCells()

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
    const storageCells = this.#storageCells
    new Counter({
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
      collect() {
        this.reset()
        for (const { labels, count } of storageCells) if (count > 0) this.inc({ ...labels, ...SCOPE }, count)
      },
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
    const mode = exchange.target === undefined ? 1 : 0
    const auth = exchange.session === undefined ? 0 : exchange.session.kind === 'cookie' ? 1 : 2
    const header = hostHeader(exchange, keys)
    const query = queryHosts(exchange.query).length > 0 ? 1 : 0
    const cell = this.#storageCells[((mode * 3 + auth) * 3 + header) * 2 + query]
    if (cell !== undefined) cell.count++
  }
}

/** One label set of `storage_request_count_total`, counted without a look-up by name: it is on every request's way. */
interface StorageCell {
  readonly labels: Readonly<Record<string, string>>
  count: number
}

/** Every combination, in the order of the index that `storageRequested` computes. */
function storageCells(): readonly StorageCell[] {
  return ['path', 'legacy'].flatMap((mode) =>
    ['none', 'cookie', 'grant'].flatMap((auth) =>
      ['absent', 'matching', 'other'].flatMap((header) =>
        ['false', 'true'].map((query) => ({
          labels: { addressing_mode: mode, auth_method: auth, pubky_host_header: header, pubky_host_query: query },
          count: 0,
        })),
      ),
    ),
  )
}

/** 0 absent, 1 the tenant, 2 something else. */
function hostHeader(exchange: ClientExchange, keys: KeyTexts): 0 | 1 | 2 {
  const text = exchange.header('pubky-host')
  if (text === undefined) return 0
  return keys.fromAddress(text) === exchange.tenant ? 1 : 2
}
