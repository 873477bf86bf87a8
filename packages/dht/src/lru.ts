/** A map of bounded size that forgets what was used longest ago. */
export class Lru<Key, Value> {
  readonly #entries = new Map<Key, Value>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value, which now counts as just used. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  /** Stores a value; returns what had to go for it. */
  set(key: Key, value: Value): Value | undefined {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#capacity) return undefined
    for (const [oldest, evicted] of this.#entries) {
      this.#entries.delete(oldest)
      return evicted
    }
    return undefined
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key)
  }

  /** Entries, the one used longest ago first. */
  [Symbol.iterator](): IterableIterator<[Key, Value]> {
    return this.#entries.entries()
  }
}
