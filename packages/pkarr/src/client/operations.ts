/// <reference lib="esnext.disposable" preserve="true" />
// For `AsyncDisposable` in projects whose own `lib` is older.

/** Everything that runs in a client, so that it can all be ended at once. */
export class Operations implements AsyncDisposable {
  readonly #running = new Map<Promise<unknown>, AbortController>()
  #closed: { readonly reason: unknown } | undefined

  /**
   * Runs work that ends with `signal` or with this. The signal it gets is its own, and nothing holds on to it afterwards:
   * `AbortSignal.any` with one long-lived signal would keep every listener that anybody forgets.
   */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    if (this.#closed !== undefined) throw this.#closed.reason
    const controller = new AbortController()
    const abort = () => controller.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    const running = work(controller.signal)
    this.#running.set(running, controller)
    try {
      return await running
    } finally {
      this.#running.delete(running)
      signal.removeEventListener('abort', abort)
    }
  }

  /** Aborts what runs, waits for it to end, and lets nothing begin any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= { reason: new DOMException('the Pkarr client was closed', 'AbortError') }
    for (const controller of this.#running.values()) controller.abort(this.#closed.reason)
    await Promise.allSettled(this.#running.keys())
  }
}
