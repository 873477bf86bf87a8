import { LruMap } from '@pubky/pkarr'

/** Remembers answers that take a look-up for a while; failures are not remembered. Callers share a look-up. */
export class ExpiringMap<T> {
  readonly #entries: LruMap<string, { readonly value: Promise<T>; readonly expiresAt: number }>
  readonly #lifetimeMs: number
  readonly #now: () => number

  constructor(lifetimeMs: number, capacity: number, now: () => number = Date.now) {
    this.#lifetimeMs = lifetimeMs
    this.#entries = new LruMap(capacity)
    this.#now = now
  }

  /** The answer for a key, looked up unless it is known. */
  get(key: string, lookUp: () => Promise<T>): Promise<T> {
    const known = this.#entries.peek(key)
    if (known !== undefined && known.expiresAt > this.#now()) return known.value
    const entry = { value: lookUp(), expiresAt: this.#now() + this.#lifetimeMs }
    this.#entries.set(key, entry)
    entry.value.catch(() => {
      if (this.#entries.peek(key) === entry) this.#entries.delete(key)
    })
    return entry.value
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
