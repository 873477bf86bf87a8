/** How fast something may happen, and how much of it at once after a pause. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Counts what may still happen under a {@link Rate}. Times are in milliseconds of one steady clock. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = now
  }

  /** Takes one token if there is one. */
  take(now: number): boolean {
    const { perSecond, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1000)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Whether at least half of the burst is left, which says that little was taken lately. */
  get isHalfFull(): boolean {
    return this.#tokens >= this.#rate.burst / 2
  }

  /** Milliseconds until {@link take} can succeed again. */
  get waitMs(): number {
    return Math.max(0, ((1 - this.#tokens) * 1000) / this.#rate.perSecond)
  }
}
