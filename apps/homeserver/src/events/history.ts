import type { EventQuery, EventRecord, Store, UserId } from '../store/store.ts'

/** Events read from the store at a time, for each user. */
const BATCH = 100

/** Reads one user's (or everybody's) part of the log, a batch at a time. */
class Source {
  readonly #store: Pick<Store, 'events'>
  readonly #query: Omit<EventQuery, 'from' | 'limit'>
  #from: number | undefined
  #batch: readonly EventRecord[] = []
  #offset = 0
  #isExhausted: boolean = false

  constructor(store: Pick<Store, 'events'>, query: Omit<EventQuery, 'from' | 'limit'>, from: number | undefined) {
    this.#store = store
    this.#query = query
    this.#from = from
  }

  /** The next event, which {@link take} takes. */
  async peek(): Promise<EventRecord | undefined> {
    if (this.#offset < this.#batch.length) return this.#batch[this.#offset]
    if (this.#isExhausted) return undefined
    this.#batch = await this.#store.events({ ...this.#query, from: this.#from, limit: BATCH })
    this.#offset = 0
    this.#isExhausted = this.#batch.length < BATCH
    this.#from = this.#batch.at(-1)?.id ?? this.#from
    return this.#batch[0]
  }

  take(): void {
    this.#offset += 1
  }
}

/** What a walk through the log reads. */
export interface HistoryQuery {
  /** Where each user's walk starts (strictly behind); undefined stands for everybody. */
  readonly from: ReadonlyMap<UserId | undefined, number | undefined>
  readonly visibility: 'public' | 'all'
  readonly order: 'ascending' | 'descending'
  /** Highest id that belongs to this walk. */
  readonly upTo: number
}

/**
 * Walks the log of several users in id order, in batches of up to {@link BATCH} events, each read from the store only
 * when it is asked for.
 */
export async function* readHistory(
  store: Pick<Store, 'events'>,
  query: HistoryQuery,
): AsyncGenerator<readonly EventRecord[]> {
  const { visibility, order, upTo } = query
  const sources = [...query.from].map(([userId, from]) => new Source(store, { userId, visibility, order, upTo }, from))
  const heads = await Promise.all(sources.map((source) => source.peek()))
  const isFirst = order === 'ascending' ? (a: number, b: number) => a < b : (a: number, b: number) => a > b
  let batch: EventRecord[] = []
  for (;;) {
    let next: number | undefined
    for (const [index, head] of heads.entries()) {
      const best = next === undefined ? undefined : heads[next]
      if (head !== undefined && (best === undefined || isFirst(head.id, best.id))) next = index
    }
    const event = next === undefined ? undefined : heads[next]
    if (next === undefined || event === undefined) break
    batch.push(event)
    sources[next]?.take()
    heads[next] = await sources[next]?.peek()
    if (batch.length === BATCH) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
