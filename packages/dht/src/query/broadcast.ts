import { orAbort } from '../abort.ts'

/**
 * A running source of items that several readers follow. Who comes later gets what came before, and when the last reader
 * leaves early, the source is told to stop.
 */
export class Broadcast<T, Result> {
  readonly #items: T[] = []
  readonly #stop = new AbortController()
  #end: { readonly result: Result } | { readonly error: unknown } | undefined
  /** Settles when the source has ended, however it did. */
  readonly end: Promise<void>
  #change = Promise.withResolvers<void>()
  #readers = 0

  /** Starts the source. It emits items and returns the result; its signal aborts when nobody reads any more. */
  constructor(source: (emit: (item: T) => void, signal: AbortSignal) => Promise<Result>) {
    const emit = (item: T) => {
      this.#items.push(item)
      this.#wake()
    }
    this.end = source(emit, this.#stop.signal)
      .then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      )
      .then((end) => {
        this.#end = end
        this.#wake()
      })
  }

  /** Whether the source has ended or was stopped, so that new readers need a new one. */
  get ended(): boolean {
    return this.#end !== undefined || this.#stop.signal.aborted
  }

  /** All items from the first on. Returns the result; throws the source's error or the signal's reason. */
  async *read(signal?: AbortSignal): AsyncGenerator<T, Result, void> {
    signal?.throwIfAborted()
    this.#readers++
    try {
      for (let index = 0; ; ) {
        if (index < this.#items.length) yield this.#items[index++]!
        else if (this.#end === undefined) await orAbort(this.#change.promise, signal)
        else if ('error' in this.#end) throw this.#end.error
        else return this.#end.result
        signal?.throwIfAborted()
      }
    } finally {
      if (--this.#readers === 0) this.#stop.abort()
    }
  }

  #wake(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}

/** Reads a generator to its end: all items and its result. */
export async function collect<T, Result>(
  source: AsyncGenerator<T, Result, void>,
): Promise<{ items: T[]; result: Result }> {
  const items: T[] = []
  for (;;) {
    const next = await source.next()
    if (next.done) return { items, result: next.value }
    items.push(next.value)
  }
}
