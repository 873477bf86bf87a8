import type { Quota } from './quota.ts'

/** The answer to one request for a cell. */
export interface RateDecision {
  readonly allowed: boolean
  /** Requests that could follow at once. 0 when refused. */
  readonly remaining: number
  /** Bucket size. */
  readonly limit: number
  /** Whole seconds until a request would be let through, at least 1; 0 when allowed (spec 02 §12.2 item 6). */
  readonly retryAfterSeconds: number
}

/** Distinct clients remembered at once by default: about 10 MiB of memory in the worst case. */
export const DEFAULT_MAX_KEYS = 100_000

/** Idle clients are forgotten this often (spec 02 §12.2). */
export const SWEEP_INTERVAL_MS = 60_000

/**
 * A GCRA limiter, one bucket per key (spec 02 §12.2): with period share `t` and `τ = t·(burst−1)` a request at `now` is
 * refused if `now < tat − τ`, otherwise `tat = max(tat, now) + t`. A refusal costs nothing. Holds no timer: idle keys
 * are swept during `take`, and the number of keys is bounded, the longest known one giving way.
 */
export class RateLimiter {
  readonly #cellMs: number
  readonly #burst: number
  readonly #maxKeys: number
  readonly #now: () => number
  readonly #arrivals = new Map<string, number>()
  #nextSweep: number

  /**
   * @param init.quota the sustained rate
   * @param init.burst bucket size in requests, an integer ≥ 1; default: the quota's count
   * @param init.now monotonic clock in milliseconds
   */
  constructor(init: {
    readonly quota: Quota
    readonly burst?: number | undefined
    readonly maxKeys?: number
    readonly now?: () => number
  }) {
    this.#cellMs = (init.quota.periodSeconds * 1000) / init.quota.requests
    this.#burst = init.burst ?? init.quota.requests
    this.#maxKeys = init.maxKeys ?? DEFAULT_MAX_KEYS
    this.#now = init.now ?? (() => performance.now())
    this.#nextSweep = this.#now() + SWEEP_INTERVAL_MS
  }

  /** Takes one cell of the key's bucket, if there is one. */
  take(key: string): RateDecision {
    const now = this.#now()
    if (now >= this.#nextSweep) this.#sweep(now)
    const arrival = Math.max(this.#arrivals.get(key) ?? now, now)
    const opensAt = arrival - this.#cellMs * (this.#burst - 1)
    // Sums of fractions of a period carry rounding errors: a hundredth of a microsecond early is on time.
    if (now < opensAt - 1e-5) {
      const retryAfterSeconds = Math.max(1, Math.floor((opensAt - now) / 1000))
      return { allowed: false, remaining: 0, limit: this.#burst, retryAfterSeconds }
    }
    const next = arrival + this.#cellMs
    if (this.#arrivals.size >= this.#maxKeys && !this.#arrivals.has(key)) this.#makeRoom(now)
    this.#arrivals.set(key, next)
    const remaining = Math.max(0, Math.floor(this.#burst - (next - now) / this.#cellMs + 1e-9))
    return { allowed: true, remaining, limit: this.#burst, retryAfterSeconds: 0 }
  }

  /** Keys with a bucket that is not full again. */
  get size(): number {
    return this.#arrivals.size
  }

  #makeRoom(now: number): void {
    this.#sweep(now)
    while (this.#arrivals.size >= this.#maxKeys) {
      const [oldest] = this.#arrivals.keys()
      if (oldest === undefined) return
      this.#arrivals.delete(oldest)
    }
  }

  #sweep(now: number): void {
    for (const [key, arrival] of this.#arrivals) if (arrival <= now) this.#arrivals.delete(key)
    this.#nextSweep = now + SWEEP_INTERVAL_MS
  }
}
