import { randomBytes } from '@pubky/crypto'

/** Microseconds since 1970-01-01T00:00:00Z. */
export type MicrosecondClock = () => bigint

/** The system's wall clock in microseconds; it follows corrections of the clock. */
export function wallMicroseconds(): bigint {
  return BigInt(Date.now()) * 1000n
}

/**
 * A clock for packet timestamps: it never gives one value twice, and its low byte is chosen once at random, so that
 * two devices with one key hardly ever tie (spec 04 §1.4).
 */
export function createTimestampClock(
  now: MicrosecondClock = wallMicroseconds,
  random: (length: number) => Uint8Array = randomBytes,
): MicrosecondClock {
  let last = 0n
  let lowByte: bigint | undefined
  return () => {
    lowByte ??= BigInt(random(1)[0]!)
    const coarse = now() & ~0xffn
    last = (coarse > last ? coarse : (last & ~0xffn) + 0x100n) | lowByte
    return last
  }
}
