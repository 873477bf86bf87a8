import type { EventRecord, EventStore, EventWalk, PathSpan, UserId } from '../store/store.ts'

/** Events handed on together, and read from the store for one user at a time. */
const BATCH = 100
/** Events read ahead for all users together: a stream that nobody reads holds them. */
const AHEAD = 500
/** Events looked at in one read: where few of them match, it ends without having found as many as wanted. */
const WINDOW = 2_000

/** What a walk reads of the store. */
export type HistoryLog = Pick<EventStore, 'events' | 'eventIdAhead'>

/** Goes along one walk, a batch at a time. */
class Source {
  readonly #log: HistoryLog
  readonly #limit: number
  /** Part that is being read. */
  #window: EventWalk | undefined
  /** What lies behind it. */
  #rest: EventWalk | undefined
  #batch: readonly EventRecord[] = []
  #offset = 0

  constructor(log: HistoryLog, walk: EventWalk, limit: number) {
    this.#log = log
    this.#limit = limit
    this.#rest = walk
  }

  /** The next event, undefined at the end of the walk and while {@link isDry}. */
  get head(): EventRecord | undefined {
    return this.#batch[this.#offset]
  }

  /** Whether what comes next is not known before more is read. */
  get isDry(): boolean {
    return this.head === undefined && (this.#window ?? this.#rest) !== undefined
  }

  take(): void {
    this.#offset += 1
  }

  /** Reads on; it may need several reads to come to the next event. */
  async read(): Promise<void> {
    const window = this.#window ?? (await this.#nextWindow())
    if (window === undefined) return
    this.#batch = await this.#log.events(window, this.#limit)
    this.#offset = 0
    const last = this.#batch[this.#limit - 1]
    this.#window = last === undefined ? undefined : splitAt(window, last.id)[1]
  }

  async #nextWindow(): Promise<EventWalk | undefined> {
    const walk = this.#rest
    const end = walk === undefined ? undefined : await this.#log.eventIdAhead(walk, WINDOW)
    if (walk === undefined || end === undefined) {
      this.#rest = undefined
      return walk
    }
    const [window, rest] = splitAt(walk, end)
    this.#rest = rest
    return window
  }
}

/** What a walk passes up to an id, and what it passes behind it. */
function splitAt(walk: EventWalk, id: number): [EventWalk, EventWalk] {
  return walk.order === 'ascending'
    ? [
        { ...walk, before: id + 1 },
        { ...walk, after: id },
      ]
    : [
        { ...walk, after: id - 1 },
        { ...walk, before: id },
      ]
}

/** What a walk through the log reads. */
export interface HistoryQuery {
  /** Where each user's walk starts (strictly behind); undefined stands for everybody. */
  readonly from: ReadonlyMap<UserId | undefined, number | undefined>
  /** Paths in and around what is wanted. */
  readonly spans: readonly PathSpan[]
  readonly order: 'ascending' | 'descending'
  /** Highest id that belongs to this walk. */
  readonly upTo: number
  /** Asked before each read: true when nobody wants to know any more. */
  readonly isOver: () => boolean
}

/**
 * Walks the log of several users in id order, in batches of up to {@link BATCH} events, each read from the store only
 * when it is asked for.
 */
export async function* readHistory(log: HistoryLog, query: HistoryQuery): AsyncGenerator<readonly EventRecord[]> {
  const { order, upTo, isOver } = query
  const limit = Math.min(BATCH, Math.ceil(AHEAD / (query.from.size * query.spans.length)))
  const sources = [...query.from].flatMap(([userId, from]) => {
    const after = order === 'ascending' ? (from ?? 0) : 0
    const before = order === 'ascending' ? upTo + 1 : Math.min(from ?? upTo + 1, upTo + 1)
    return query.spans.map((paths) => new Source(log, { userId, paths, order, after, before }, limit))
  })
  const batch: EventRecord[] = []
  let dry: readonly Source[] = sources
  for (;;) {
    if (dry.length > 0) {
      if (isOver()) return
      await Promise.all(dry.map((source) => source.read()))
      dry = dry.filter(({ isDry }) => isDry)
      // It may be long before more is found: what is known is not held back.
      if (dry.length > 0 && batch.length > 0) yield batch.splice(0)
      continue
    }
    const source = nextOf(sources, order)
    if (source?.head === undefined) break
    batch.push(source.head)
    source.take()
    if (source.isDry) dry = [source]
    if (batch.length === BATCH) yield batch.splice(0)
  }
  if (batch.length > 0) yield batch
}

/** The source whose head comes first. */
function nextOf(sources: readonly Source[], order: EventWalk['order']): Source | undefined {
  let next: Source | undefined
  for (const source of sources) {
    if (source.head === undefined) continue
    if (next?.head === undefined || source.head.id < next.head.id === (order === 'ascending')) next = source
  }
  return next
}
