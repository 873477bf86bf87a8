import { randomBytes } from '@pubky/crypto'
import { type MicrosecondClock, wallMicroseconds } from './clock.ts'

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
