/** Buffers kept for the next reader. */
const MAX_KEPT = 16

/**
 * Buffers of one size that sealed bytes are read into and opened from. Large buffers are dear: each new one is mapped,
 * zeroed by the system page by page, and unmapped again.
 */
export class ReadBuffers {
  readonly #bytes: number
  readonly #free: Buffer[] = []

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes)
  }

  /** Only for a buffer that nobody looks at any more. */
  giveBack(buffer: Buffer): void {
    if (this.#free.length < MAX_KEPT) this.#free.push(buffer)
  }
}
