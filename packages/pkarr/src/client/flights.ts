/** One running task and those who wait for it. */
interface Flight<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}

/**
 * Runs one task per key at a time; who asks for the same key meanwhile gets the same result. A caller may leave by its
 * signal; the task is aborted when all of them have.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>()

  get size(): number {
    return this.#flights.size
  }

  async join(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    const flight = this.#flights.get(key) ?? this.#launch(key, start)
    flight.waiting += 1
    if (signal === undefined) return flight.result
    let leave = () => {}
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        flight.waiting -= 1
        if (flight.waiting === 0) {
          this.#flights.delete(key)
          flight.controller.abort(signal.reason)
        }
        reject(signal.reason)
      }
    })
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([flight.result, left])
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #launch(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const result = start(controller.signal).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    // Each caller handles the failure; when all have left, nobody does.
    result.catch(() => {})
    const flight: Flight<T> = { result, controller, waiting: 0 }
    this.#flights.set(key, flight)
    return flight
  }
}
