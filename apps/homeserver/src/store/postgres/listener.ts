import pg from 'pg'
import { connectionConfig, failureOf, type StoreLog } from './database.ts'
import type { Marks } from './write-channel.ts'

/** The channel of spec 03 §8.3; the payload of others may say nothing, then the log is read. */
const CHANNEL = 'events'
const RECONNECT_MS = 1_000
/** Also without being woken, the log is read and the connection asked for a sign of life this often. */
const TICK_MS = 30_000
const SIGN_OF_LIFE_MS = 10_000

/** What a listener reports. */
export interface ListenerEvents {
  /** Something was committed, up to there; or may have been. */
  readonly onWake: (upTo: Marks | undefined) => void
  /** Commits of others go unnoticed; reported again every second until they no longer do, which is a wake. */
  readonly onLost: () => void
}

/** The connection that hears of commits, kept open: lost ones are replaced every second. */
export class Listener implements AsyncDisposable {
  readonly #url: string
  readonly #log: StoreLog
  readonly #events: ListenerEvents
  readonly #tick: NodeJS.Timeout
  #client: pg.Client | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed: boolean = false

  private constructor(url: string, log: StoreLog, events: ListenerEvents) {
    this.#url = url
    this.#log = log
    this.#events = events
    this.#tick = setInterval(() => this.#onTick(), TICK_MS)
  }

  /** Resolves once it listens: what is committed from then on wakes. @throws DatabaseFailure */
  static async start(url: string, log: StoreLog, events: ListenerEvents): Promise<Listener> {
    const listener = new Listener(url, log, events)
    try {
      await listener.#connect()
      return listener
    } catch (error) {
      await listener[Symbol.asyncDispose]()
      throw failureOf(error)
    }
  }

  /** Whether commits of others are heard of now. */
  get isHearing(): boolean {
    return this.#client !== undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#tick)
    clearTimeout(this.#retry)
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...connectionConfig(this.#url), query_timeout: SIGN_OF_LIFE_MS })
    client.on('error', () => this.#lose(client))
    client.on('end', () => this.#lose(client))
    client.on('notification', ({ payload }) => this.#events.onWake(parseMarks(payload)))
    try {
      await client.connect()
      await client.query(`LISTEN ${CHANNEL}`)
    } catch (error) {
      // Not waited for: a connection half made may never end.
      void client.end().catch(() => {})
      throw error
    }
    if (this.#isClosed) {
      await client.end()
      return
    }
    this.#client = client
    this.#events.onWake(undefined)
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#log.warn({}, 'the connection that hears of commits was lost')
    this.#events.onLost()
    void client.end().catch(() => {})
    this.#reconnect()
  }

  #reconnect(): void {
    if (this.#isClosed) return
    this.#retry = setTimeout(() => {
      this.#connect().then(
        () => this.#log.info({}, 'hearing of commits again'),
        () => {
          if (this.#isClosed) return
          this.#events.onLost()
          this.#reconnect()
        },
      )
    }, RECONNECT_MS)
  }

  #onTick(): void {
    const client = this.#client
    this.#events.onWake(undefined)
    client?.query('SELECT 1').catch(() => this.#lose(client))
  }
}

/** Reads the payload that `apply_batch` writes: `event:notice`. */
function parseMarks(payload: string | undefined): Marks | undefined {
  const [, event, notice] = /^(\d{1,15}):(\d{1,15})$/.exec(payload ?? '') ?? []
  return event === undefined || notice === undefined ? undefined : { event: Number(event), notice: Number(notice) }
}
