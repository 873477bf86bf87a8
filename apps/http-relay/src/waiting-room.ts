/** How a wait ended: told a value, sent away because what it waited for is gone, out of time, or given up. */
export type WaitResult<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'dropped' | 'timeout' | 'cancelled' }

type Waiter<T> = (result: WaitResult<T>) => void

/** Requests that wait for something to happen to an id, at most `capacity` per id. */
export class WaitingRoom<T> {
  readonly #capacity: number
  readonly #waiters = new Map<string, Set<Waiter<T>>>()
  #isClosed = false

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /**
   * Starts to wait; registered before this function returns.
   *
   * @param options.timeoutMs how long at most
   * @param options.signal ends the wait as `cancelled` and frees its place at once
   * @returns `undefined` when the id's places are taken
   */
  enter(
    id: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<WaitResult<T>> | undefined {
    const others = this.#waiters.get(id)
    if (others !== undefined && others.size >= this.#capacity) return undefined
    const { signal } = options
    return new Promise((resolve) => {
      const finish: Waiter<T> = (result) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        this.#leave(id, finish)
        resolve(result)
      }
      const cancel = (): void => finish({ kind: 'cancelled' })
      const timer = setTimeout(() => finish({ kind: 'timeout' }), options.timeoutMs)
      const waiters = others ?? new Set()
      waiters.add(finish)
      this.#waiters.set(id, waiters)
      if (signal.aborted || this.#isClosed) cancel()
      else signal.addEventListener('abort', cancel)
    })
  }

  /** Gives everyone who waits for the id the value. */
  tell(id: string, value: T): void {
    for (const finish of [...(this.#waiters.get(id) ?? [])]) finish({ kind: 'told', value })
  }

  /** Sends everyone who waits for the id away. */
  drop(id: string): void {
    for (const finish of [...(this.#waiters.get(id) ?? [])]) finish({ kind: 'dropped' })
  }

  /** Ends all waits as `cancelled`, those that come later too. */
  close(): void {
    this.#isClosed = true
    const everyone = [...this.#waiters.values()].flatMap((waiters) => [...waiters])
    for (const finish of everyone) finish({ kind: 'cancelled' })
  }

  /** Waiters in all. */
  get size(): number {
    let size = 0
    for (const waiters of this.#waiters.values()) size += waiters.size
    return size
  }

  #leave(id: string, waiter: Waiter<T>): void {
    const waiters = this.#waiters.get(id)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiters.delete(id)
  }
}
