import type { Timestamp } from './timestamp.ts'

const MAX = 2n ** 64n - 1n
/** Least distance of two timestamps of one source; its low byte carries the source's clock id. */
const STEP = 256n

/**
 * A source of strictly increasing timestamps: it follows the clock, and steps ahead of it when asked more often than
 * every 256 µs (spec 01 §10).
 * @param now milliseconds since the Unix epoch, as `Date.now`
 * @param clockId 0–255, random per process, so that two processes rarely make the same timestamp
 */
export function createTimestampSource(now: () => number, clockId: number): () => Timestamp {
  let last = microseconds(now())
  return () => {
    const current = microseconds(now())
    last = current > last + STEP ? current : last + STEP
    if (last > MAX - STEP) last = MAX - STEP
    return last | BigInt(clockId & 0xff)
  }
}

function microseconds(milliseconds: number): bigint {
  return BigInt(Math.max(0, Math.floor(milliseconds * 1000)))
}
