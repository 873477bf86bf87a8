/** Ends one thing that was started, granting it `drainMs` where it has work in progress. */
export type Closer = (drainMs?: number) => Promise<unknown> | unknown

/** Ends what was started, last first; once. */
export class Closers {
  readonly #closers: Closer[] = []
  #closed: Promise<void> | undefined

  push(closer: Closer): void {
    this.#closers.push(closer)
  }

  /** Calling it again waits for the same end. */
  close(drainMs?: number): Promise<void> {
    this.#closed ??= this.#closeAll(drainMs)
    return this.#closed
  }

  async #closeAll(drainMs: number | undefined): Promise<void> {
    for (const closer of this.#closers.toReversed()) await closer(drainMs)
  }
}
