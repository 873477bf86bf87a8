import type { BandwidthRate } from './bandwidth-rate.ts'

/** Waiting time of a body chunk beyond its turn, so that many clients do not wake at once (spec 02 §12.5). */
const JITTER_MIN_MS = 25
const JITTER_MAX_MS = 525
const MAX_KEYS = 100_000

/** Where time and chance come from. */
export interface LimiterClock {
  /** Monotonic milliseconds. */
  now(): number
  /** 0 … 1 */
  random(): number
  sleep(ms: number): Promise<void>
}

/**
 * Meters bodies per key: a bucket of `burst` kilobytes that refills at the rate; each chunk costs its size in whole
 * kilobytes. Nothing is refused, chunks wait for their turn (spec 02 §12.5).
 */
export class BandwidthLimiter {
  readonly #cellMs: number
  readonly #burstMs: number
  readonly #clock: LimiterClock
  readonly #arrivals = new Map<string, number>()

  /** @param burst in the unit of the rate's text; default: as much as the rate itself */
  constructor(rate: BandwidthRate, burst: number | undefined, clock: LimiterClock) {
    this.#cellMs = (rate.periodSeconds * 1000) / rate.kilobytes
    this.#burstMs = (burst === undefined ? rate.kilobytes : burst * rate.unitKilobytes) * this.#cellMs
    this.#clock = clock
  }

  /** Takes the key's cells for that many bytes; resolves when they may pass. */
  take(key: string, bytes: number): Promise<void> | void {
    const now = this.#clock.now()
    const arrival = Math.max(this.#arrivals.get(key) ?? now, now)
    const next = arrival + Math.ceil(bytes / 1024) * this.#cellMs
    this.#remember(key, next, now)
    const waitMs = next - now - this.#burstMs
    // Sums of fractions of a period carry rounding errors.
    if (waitMs <= 1e-5) return undefined
    return this.#clock.sleep(waitMs + JITTER_MIN_MS + this.#clock.random() * (JITTER_MAX_MS - JITTER_MIN_MS))
  }

  #remember(key: string, arrival: number, now: number): void {
    if (this.#arrivals.size >= MAX_KEYS && !this.#arrivals.has(key)) {
      for (const [known, at] of this.#arrivals) if (at <= now) this.#arrivals.delete(known)
      const [oldest] = this.#arrivals.keys()
      if (this.#arrivals.size >= MAX_KEYS && oldest !== undefined) this.#arrivals.delete(oldest)
    }
    this.#arrivals.set(key, arrival)
  }
}
