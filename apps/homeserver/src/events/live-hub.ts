import type { Store } from '../store/store.ts'
import { LiveEvent } from './frames.ts'

/** After events went out, the next ones are collected for this long, in milliseconds. */
const COALESCE_MS = 20

/** Who wants live events. */
export interface Subscriber {
  /** Takes an event, to be sent with the next {@link flush}. Answers whether a flush is wanted. */
  offer(event: LiveEvent): boolean
  /** Sends what was taken. */
  flush(): void
}

/**
 * Passes committed events on, in commit order, to those who follow their user. The first event after a pause goes out
 * in the same turn; while events keep coming they go out together every {@link COALESCE_MS}.
 */
export class LiveHub implements Disposable {
  readonly #stopWatching: () => void
  /** By public key: whoever follows an account that is deleted follows the next one of that key. */
  readonly #byUser = new Map<string, Set<Subscriber>>()
  readonly #ofEverybody = new Set<Subscriber>()
  readonly #dirty = new Set<Subscriber>()
  #lastId = 0
  #pause: NodeJS.Timeout | undefined
  #isFlushQueued: boolean = false

  private constructor(components: { readonly store: Store }) {
    this.#stopWatching = components.store.watch((notice) => {
      if (notice.kind !== 'event') return
      this.#lastId = notice.event.id
      this.#pass(new LiveEvent(notice.event))
    })
  }

  /** Passes on what is committed from now on. */
  static async open(components: { readonly store: Store }): Promise<LiveHub> {
    const hub = new LiveHub(components)
    // Asked while watching already: others may be writing to the store.
    hub.#lastId = Math.max(await components.store.latestEventId(), hub.#lastId)
    return hub
  }

  /** Newest event passed on. Whoever has read the log up to here and subscribes in the same turn misses nothing. */
  get lastId(): number {
    return this.#lastId
  }

  /** @param users whose events, z32; undefined = everybody's. Answers the function that ends it. */
  subscribe(users: readonly string[] | undefined, subscriber: Subscriber): () => void {
    if (users === undefined) this.#ofEverybody.add(subscriber)
    const followed = users ?? []
    for (const user of followed) {
      let followers = this.#byUser.get(user)
      if (followers === undefined) {
        followers = new Set()
        this.#byUser.set(user, followers)
      }
      followers.add(subscriber)
    }
    return () => {
      this.#ofEverybody.delete(subscriber)
      this.#dirty.delete(subscriber)
      for (const user of followed) {
        const followers = this.#byUser.get(user)
        if (followers?.delete(subscriber) === true && followers.size === 0) this.#byUser.delete(user)
      }
    }
  }

  [Symbol.dispose](): void {
    this.#stopWatching()
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#dirty.clear()
  }

  #pass(event: LiveEvent): void {
    this.#offer(this.#byUser.get(event.record.user), event)
    this.#offer(this.#ofEverybody, event)
    if (this.#dirty.size === 0 || this.#pause !== undefined || this.#isFlushQueued) return
    // At the end of the turn: the events of one commit go out together.
    this.#isFlushQueued = true
    queueMicrotask(() => {
      this.#isFlushQueued = false
      this.#flush()
    })
  }

  #offer(subscribers: ReadonlySet<Subscriber> | undefined, event: LiveEvent): void {
    if (subscribers === undefined) return
    for (const subscriber of subscribers) if (subscriber.offer(event)) this.#dirty.add(subscriber)
  }

  #flush(): void {
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    for (const subscriber of dirty) subscriber.flush()
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      if (this.#dirty.size > 0) this.#flush()
    }, COALESCE_MS)
  }
}
