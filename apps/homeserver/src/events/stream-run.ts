import type { EventRecord, Store, UserId } from '../store/store.ts'
import { encodeFrames, type FrameRun, type LiveEvent } from './frames.ts'
import { type HistoryLog, readHistory } from './history.ts'
import type { LiveHub, Subscriber } from './live-hub.ts'
import type { PathFilter } from './path-filter.ts'

/** Where a stream writes: a socket, in effect, without knowing HTTP. */
export interface StreamSink {
  /** Takes frames to send. */
  send(frames: Uint8Array): void
  /** Bytes taken and not yet on the wire. */
  readonly pendingBytes: number
  /** Resolves when {@link pendingBytes} is low again, or the sink is gone. */
  drained(): Promise<void>
}

/** Why a stream ended. */
export type StreamEnd = 'complete' | 'limit' | 'slow' | 'revoked' | 'client' | 'closed' | 'failed'

/** Unsent bytes at which a live reader counts as too slow: it comes back with its cursor and reads the log. */
export const SLOW_READER_BYTES = 262_144
/** Unsent bytes up to which the log is read on. */
const HISTORY_AHEAD_BYTES = 65_536
/** Collected bytes that are sent without waiting for more. */
const FLUSH_BYTES = 65_536
/** Live events held while the log is read; when more come, the log is read once more. */
const MAX_HELD = 1_000
/** How long a reader of the log may take nothing, in milliseconds. */
const STALL_MS = 30_000

/** What a stream shows, checked and resolved. */
export interface StreamPlan {
  /** Whose events, z32; undefined: everybody's. */
  readonly users: readonly string[] | undefined
  /** Position of each user; undefined stands for everybody. */
  readonly cursors: Map<UserId | undefined, number | undefined>
  readonly filter: PathFilter
  readonly limit: number | undefined
  readonly reverse: boolean
  readonly live: boolean
  /** Asks the store whether the credential that opened the stream was revoked; undefined: there is none. */
  readonly isRevoked: (() => Promise<boolean>) | undefined
}

/** What a stream reads of the store. */
export type StreamLog = HistoryLog & Pick<Store, 'latestEventId' | 'isShared'>

/** One running stream: history from the log, then live events, without gap or repetition between the two. */
export class StreamRun implements Subscriber {
  readonly #log: StreamLog
  readonly #hub: LiveHub
  readonly #plan: StreamPlan
  readonly #sink: StreamSink
  readonly #ended = Promise.withResolvers<StreamEnd>()
  #end: StreamEnd | undefined
  #remaining: number
  #collected: FrameRun | undefined
  /** What came live while the log is read. */
  #held: LiveEvent[] | undefined
  #unsubscribe: (() => void) | undefined
  #patience: NodeJS.Timeout | undefined

  constructor(log: StreamLog, hub: LiveHub, plan: StreamPlan, sink: StreamSink) {
    this.#log = log
    this.#hub = hub
    this.#plan = plan
    this.#sink = sink
    this.#remaining = plan.limit ?? Number.POSITIVE_INFINITY
  }

  /** Runs to the end; never rejects. */
  async run(): Promise<StreamEnd> {
    try {
      // Whoever stops a stream does not wait for what it is reading.
      await Promise.race([this.#plan.reverse ? this.#sendBackwards() : this.#sendForwards(), this.#ended.promise])
      if (this.#unsubscribe !== undefined) return await this.#ended.promise
      return this.#end ?? 'complete'
    } catch {
      return this.#end ?? 'failed'
    } finally {
      this.#end ??= 'failed'
      this.#unfollow()
    }
  }

  /** Ends the stream; what was not handed to the sink yet is not sent any more. */
  stop(end: StreamEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#collected = undefined
    clearTimeout(this.#patience)
    this.#ended.resolve(end)
  }

  offer(event: LiveEvent): boolean {
    if (this.#end !== undefined || this.#remaining === 0 || !this.#shows(event.record)) return false
    if (this.#held !== undefined) {
      this.#held.push(event)
      if (this.#held.length > MAX_HELD) this.#unfollow()
      return false
    }
    this.#collected = event.after(this.#collected)
    this.#remaining -= 1
    if (this.#collected.length >= FLUSH_BYTES) this.flush()
    return true
  }

  flush(): void {
    const frames = this.#collected
    this.#collected = undefined
    if (this.#end !== undefined || frames === undefined) return
    try {
      this.#sink.send(frames.bytes())
    } catch {
      // One broken reader must not reach those who wrote, or the other readers.
      this.stop('failed')
      return
    }
    if (this.#remaining === 0) this.stop('limit')
    else if (this.#sink.pendingBytes > SLOW_READER_BYTES) this.stop('slow')
  }

  /** Reads up to the newest event while what comes live is held: that follows without gap and without repetition. */
  async #sendForwards(): Promise<void> {
    const { cursors, live } = this.#plan
    for (;;) {
      if (live) this.#follow()
      const upTo = await this.#newest()
      await this.#send('ascending', upTo)
      if (this.#end !== undefined || !live) return
      for (const [user, cursor] of cursors) cursors.set(user, Math.max(cursor ?? 0, upTo))
      const held = this.#held
      if (held === undefined) continue
      this.#held = undefined
      for (const event of held) this.offer(event)
      this.flush()
      return
    }
  }

  #follow(): void {
    this.#held = []
    this.#unsubscribe = this.#hub.subscribe(this.#plan.users, this)
  }

  #unfollow(): void {
    this.#held = undefined
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  async #sendBackwards(): Promise<void> {
    await this.#send('descending', await this.#newest())
  }

  /**
   * Newest event that was acknowledged to anybody. What other processes wrote may not have been passed on yet, and what
   * they revoked not told: nothing that was written after a revocation may be sent.
   */
  async #newest(): Promise<number> {
    const { lastId } = this.#hub
    if (!this.#log.isShared) return lastId
    const newest = Math.max(lastId, await this.#log.latestEventId())
    if ((await this.#plan.isRevoked?.()) === true) this.stop('revoked')
    return newest
  }

  async #send(order: 'ascending' | 'descending', upTo: number): Promise<void> {
    if (this.#end !== undefined) return
    const { cursors: from, filter } = this.#plan
    const isOver = () => this.#end !== undefined
    for await (const batch of readHistory(this.#log, { from, spans: filter.spans, order, upTo, isOver })) {
      if (this.#end !== undefined) return
      const shown = batch.filter(({ path }) => filter.admits(path)).slice(0, this.#remaining)
      if (shown.length === 0) continue
      this.#sink.send(encodeFrames(shown))
      this.#remaining -= shown.length
      if (this.#remaining === 0) this.stop('limit')
      else if (this.#sink.pendingBytes > HISTORY_AHEAD_BYTES) await this.#drained()
      if (this.#end !== undefined) return
    }
  }

  /** Waits until the reader takes something; it has to in time. */
  async #drained(): Promise<void> {
    this.#patience = setTimeout(() => this.stop('slow'), STALL_MS)
    await this.#sink.drained()
    clearTimeout(this.#patience)
  }

  #shows({ id, userId, path }: EventRecord): boolean {
    const { cursors, filter } = this.#plan
    const cursor = cursors.get(userId) ?? cursors.get(undefined)
    if (cursor !== undefined && id <= cursor) return false
    return filter.admits(path)
  }
}
