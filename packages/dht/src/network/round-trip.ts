import { MIN_RESEND_MS } from '../constants.ts'

/** Weights of a new measurement, as TCP uses them (RFC 6298). */
const MEAN_WEIGHT = 1 / 8
const DEVIATION_WEIGHT = 1 / 4

/**
 * Learns how long nodes of this network take to answer, so that a lost datagram is noticed long before the request's
 * timeout.
 */
export class RoundTripTimes {
  readonly #timeout: number
  #mean: number | undefined
  #deviation = 0

  /** `timeout`: the request timeout in milliseconds; a third of it passes before a request is sent again, at most. */
  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** Milliseconds after which an answer is late: the request is sent again then, and overdue after twice that. */
  get resendAfter(): number {
    const longest = this.#timeout / 3
    if (this.#mean === undefined) return longest
    return Math.min(longest, Math.max(MIN_RESEND_MS, this.#mean + 4 * this.#deviation))
  }

  /** Adds the time from a request's first sending to its answer. */
  add(elapsed: number): void {
    if (this.#mean === undefined) {
      this.#mean = elapsed
      this.#deviation = elapsed / 2
      return
    }
    this.#deviation += DEVIATION_WEIGHT * (Math.abs(this.#mean - elapsed) - this.#deviation)
    this.#mean += MEAN_WEIGHT * (elapsed - this.#mean)
  }
}
