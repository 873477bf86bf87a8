/** What the server counts (spec 02 §15, 03 §4). Names, types and labels are upstream's: dashboards exist. */
import { createMetricsRegistry } from '@pubky/server-kit'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { AnswerCounts } from './answer-counts.ts'
import { StorageCounts, type StorageLabel } from './storage-counts.ts'

const SCOPE = 'pubky_homeserver'
const SCOPE_LABEL = { otel_scope_name: SCOPE }
const QUERY_MS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
const STREAM_MS = [10, 100, 1000, 10_000, 100_000]
const STORAGE_LABELS: readonly StorageLabel[] = [
  ...(['addressing_mode', 'auth_method', 'otel_scope_name', 'pubky_host_header', 'pubky_host_query'] as const),
]

/** The instruments of one server; each server has a registry of its own. All of them exist from the start. */
export class ServerMetrics {
  readonly registry: Registry = createMetricsRegistry()
  /** Requests that reached a storage route. */
  readonly storage = new StorageCounts(SCOPE)
  /** Every answer of the client API. */
  readonly answers = new AnswerCounts()
  readonly #signups = this.#counter('signup_count_total', 'Successful sign-ups')
  readonly #laggards = this.#counter(
    'event_stream_broadcast_lagged_count_total',
    'Event streams closed because their reader was too slow',
  )
  readonly #halfFull = this.#counter(
    'event_stream_broadcast_half_full_count_total',
    'Times an event stream had half as much unsent as would close it',
  )
  readonly #streams = new Gauge({
    name: 'event_stream_active_connections',
    help: 'Open event streams, of clients and operators',
    labelNames: ['otel_scope_name'],
    registers: [this.registry],
  }).labels(SCOPE_LABEL)
  readonly #streamDuration = this.#histogram(
    'event_stream_connection_duration_ms',
    'How long event streams were open',
    STREAM_MS,
  )
  readonly #feedDuration = this.#histogram('events_db_query_duration_ms', 'Database query of GET /events/', QUERY_MS)

  readonly #historyDuration = this.#histogram(
    'event_stream_db_query_duration_ms',
    'Database query for the history of an event stream',
    QUERY_MS,
  )

  readonly #ownRecord = new Counter({
    name: 'own_record_publish_count_total',
    help: 'Attempts to publish the own Pkarr record',
    labelNames: ['otel_scope_name', 'outcome'],
    registers: [this.registry],
  })
  readonly #userRecords = new Gauge({
    name: 'user_records_republished',
    help: 'What came of the records of users in the last round',
    labelNames: ['otel_scope_name', 'outcome'],
    registers: [this.registry],
  })

  constructor() {
    this.#collectStorage()
    this.#collectAnswers()
    const info = { name: 'target_info', help: 'The service', labelNames: ['service_name'], registers: [this.registry] }
    new Gauge(info).labels({ service_name: SCOPE }).set(1)
    this.#signups.inc(0)
    this.#laggards.inc(0)
    this.#halfFull.inc(0)
    this.#streams.set(0)
  }

  signedUp(): void {
    this.#signups.inc()
  }

  feedQueried(ms: number): void {
    this.#feedDuration.observe(ms)
  }

  historyRead(ms: number): void {
    this.#historyDuration.observe(ms)
  }

  streamHalfFull(): void {
    this.#halfFull.inc()
  }

  ownRecord(isPublished: boolean): void {
    this.#ownRecord.inc({ ...SCOPE_LABEL, outcome: isPublished ? 'published' : 'failed' })
  }

  userRecords(outcomes: Readonly<Record<string, number>>): void {
    for (const [outcome, count] of Object.entries(outcomes)) {
      this.#userRecords.set({ ...SCOPE_LABEL, outcome }, count)
    }
  }

  streamOpened(): void {
    this.#streams.inc()
  }

  streamClosed(ms: number, wasSlow: boolean): void {
    this.#streams.dec()
    this.#streamDuration.observe(ms)
    if (wasSlow) this.#laggards.inc()
  }

  #collectStorage(): void {
    const { cells } = this.storage
    new Counter({
      name: 'storage_request_count_total',
      help: 'Requests that reached a storage route with a tenant',
      labelNames: STORAGE_LABELS,
      registers: [this.registry],
      collect() {
        this.reset()
        for (const { labels, count } of cells) if (count > 0) this.inc(labels, count)
      },
    })
  }

  #collectAnswers(): void {
    const { answers } = this
    new Counter({
      name: 'http_answers_total',
      help: 'Answers of the client API by route, method and status',
      labelNames: ['method', 'otel_scope_name', 'route', 'status'] as const,
      registers: [this.registry],
      collect() {
        this.reset()
        for (const { route, method, status, count } of answers) {
          this.inc({ method, ...SCOPE_LABEL, route, status }, count)
        }
      },
    })
  }

  #counter(name: string, help: string): Counter.Internal {
    return new Counter({ name, help, labelNames: ['otel_scope_name'], registers: [this.registry] }).labels(SCOPE_LABEL)
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram.Internal<'otel_scope_name'> {
    const labelNames = ['otel_scope_name'] as const
    const histogram = new Histogram({ name, help, buckets, labelNames, registers: [this.registry] })
    histogram.zero(SCOPE_LABEL)
    return histogram.labels(SCOPE_LABEL)
  }
}
