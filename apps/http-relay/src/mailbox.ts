import type { Archive } from './archive.ts'
import type { Entry, Message } from './entry.ts'
import { WaitingRoom, type WaitResult } from './waiting-room.ts'

/** Message waiters and acknowledgement waiters that one id may have, each (spec 06 §2). */
const MAX_WAITERS_PER_ID = 10

export interface WaitOptions {
  readonly timeoutMs: number
  /** Ends the wait and frees its place, for instance when the client has gone. */
  readonly signal: AbortSignal
}

/** `full`: the id's places are taken. */
export type WaitOutcome<T> = WaitResult<T> | { readonly kind: 'full' }

/** The result of a wait for acknowledgement; `missing`: there is no entry to acknowledge. */
export type AcknowledgementOutcome = WaitOutcome<void> | { readonly kind: 'missing' }

/**
 * The rules of the relay (spec 06 §4): entries by id, who waits for them, acknowledgement, expiry and eviction. All
 * decisions are made synchronously on what is in memory, so a check and the registration after it are one step; only
 * durability is waited for.
 */
export class Mailbox {
  readonly #archive: Archive
  readonly #maxEntries: number
  readonly #now: () => number
  readonly #onArchiveError: (error: unknown) => void
  /** In the order of creation: a replaced entry moves to the end. */
  readonly #entries = new Map<string, Entry>()
  readonly #readers = new WaitingRoom<Message>(MAX_WAITERS_PER_ID)
  readonly #senders = new WaitingRoom<void>(MAX_WAITERS_PER_ID)

  /**
   * @param components.now wall clock in milliseconds since the epoch
   * @param components.onArchiveError told of failures that no caller waits for
   */
  constructor(components: {
    readonly archive: Archive
    readonly maxEntries: number
    readonly now: () => number
    readonly onArchiveError: (error: unknown) => void
  }) {
    this.#archive = components.archive
    this.#maxEntries = components.maxEntries
    this.#now = components.now
    this.#onArchiveError = components.onArchiveError
    for (const entry of this.#archive.load(this.#now())) this.#entries.set(entry.id, entry)
    const surplus = this.#evict(undefined)
    if (surplus !== undefined) this.#archive.remove([surplus]).catch(this.#onArchiveError)
  }

  /** Entries that are held, acknowledged ones included. */
  get size(): number {
    return this.#entries.size
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#readers.size + this.#senders.size
  }

  /**
   * Stores a message in place of any earlier one, hands it to whoever waits for it, and sends away those who waited for
   * the earlier one to be acknowledged (spec 06 §4.2). The entry is visible at once; the promise is its durability.
   *
   * @throws whatever the archive throws; the entry is then gone again
   */
  async post(id: string, message: Message, ttlMs: number): Promise<void> {
    this.#readers.tell(id, message)
    this.#senders.drop(id)
    const createdAt = this.#now()
    const entry: Entry = { id, ...message, createdAt, expiresAt: createdAt + ttlMs }
    this.#entries.delete(id)
    const evicted = this.#evict(id)
    this.#entries.set(id, entry)
    try {
      await this.#archive.store(entry, evicted)
    } catch (error) {
      if (this.#entries.get(id) === entry) {
        this.#entries.delete(id)
        this.#senders.drop(id)
      }
      throw error
    }
  }

  /** The unacknowledged message of an id, now or within `timeoutMs` (spec 06 §4.3). Reading does not consume. */
  async read(id: string, options: WaitOptions): Promise<WaitOutcome<Message>> {
    const entry = this.#find(id)
    if (entry !== undefined && entry.body !== null) {
      return { kind: 'told', value: { body: entry.body, contentType: entry.contentType } }
    }
    return (await this.#readers.enter(id, options)) ?? { kind: 'full' }
  }

  /**
   * Empties the message and tells those who wait for that; the entry stays, acknowledged, until it expires
   * (spec 06 §4.4). Again on an acknowledged entry: nothing happens.
   *
   * @returns whether there is such an entry
   */
  async acknowledge(id: string): Promise<boolean> {
    const entry = this.#find(id)
    if (entry === undefined) return false
    if (entry.body !== null) {
      // Assigning to a present key keeps its place: age is what eviction goes by.
      this.#entries.set(id, { ...entry, body: null })
      this.#senders.tell(id, undefined)
      await this.#archive.acknowledge(id)
    }
    return true
  }

  /** Whether the entry is acknowledged; `undefined` without an entry (spec 06 §4.5). */
  isAcknowledged(id: string): boolean | undefined {
    const entry = this.#find(id)
    return entry === undefined ? undefined : entry.body === null
  }

  /** Waits until the entry of an id is acknowledged; `dropped` if it is replaced or expires first (spec 06 §4.6). */
  async awaitAcknowledgement(id: string, options: WaitOptions): Promise<AcknowledgementOutcome> {
    const isAcknowledged = this.isAcknowledged(id)
    if (isAcknowledged === undefined) return { kind: 'missing' }
    if (isAcknowledged) return { kind: 'told', value: undefined }
    return (await this.#senders.enter(id, options)) ?? { kind: 'full' }
  }

  /** Ends all waits as `cancelled`, those that come later too. */
  stopWaiting(): void {
    this.#readers.close()
    this.#senders.close()
  }

  /** Removes expired entries and sends their waiters away (spec 06 §4.9). Waiters of ids without an entry stay. */
  removeExpired(): void {
    const now = this.#now()
    const expired = [...this.#entries.values()].filter((entry) => now >= entry.expiresAt).map((entry) => entry.id)
    if (expired.length > 0) this.#expire(expired)
  }

  /** An expired entry counts as missing, and goes the moment somebody asks for it. */
  #find(id: string): Entry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined || this.#now() < entry.expiresAt) return entry
    this.#expire([id])
    return undefined
  }

  #expire(ids: readonly string[]): void {
    for (const id of ids) {
      this.#entries.delete(id)
      this.#readers.drop(id)
      this.#senders.drop(id)
    }
    this.#archive.remove(ids).catch(this.#onArchiveError)
  }

  /** Makes room for one more entry; waiters of an evicted id stay. Returns the id to forget together with the store. */
  #evict(incoming: string | undefined): string | undefined {
    let evicted: string | undefined
    const room = incoming === undefined ? this.#maxEntries : this.#maxEntries - 1
    while (this.#entries.size > room) {
      const [oldest] = this.#entries.keys()
      if (oldest === undefined) break
      if (evicted !== undefined) this.#archive.remove([evicted]).catch(this.#onArchiveError)
      evicted = oldest
      this.#entries.delete(oldest)
    }
    return evicted
  }
}
