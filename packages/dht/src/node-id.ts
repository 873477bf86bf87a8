import { randomBytes } from '@pubky/crypto'
import { DhtError } from './errors.ts'

/** Bytes of a node id, a target and an info-hash. */
export const ID_LENGTH = 20

/** A random id. */
export function randomId(): Uint8Array {
  return randomBytes(ID_LENGTH)
}

/** @throws DhtError `invalid-argument` unless `id` has {@link ID_LENGTH} bytes */
export function assertId(id: Uint8Array, what: string): void {
  if (id.length === ID_LENGTH) return
  throw new DhtError('invalid-argument', `${what} must have ${ID_LENGTH} bytes but has ${id.length}`)
}

/** The id as a map key: one character a byte. */
export function idKey(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1')
}

/** 160 less the number of leading zero bits of `a` XOR `b`: 0 for equal ids, 160 when the first bits differ (spec 04 §4.5). */
export function idDistance(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const difference = a[i]! ^ b[i]!
    if (difference !== 0) return (ID_LENGTH - i) * 8 - (Math.clz32(difference) - 24)
  }
  return 0
}

/** Negative when `a` is nearer to `target` than `b` by XOR, positive when farther, 0 when `a` equals `b`. */
export function compareDistance(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    if (a[i] !== b[i]) return (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!)
  }
  return 0
}

/** A random id whose {@link idDistance} from `own` is exactly `distance` (1…160): a place inside that bucket. */
export function randomIdAtDistance(own: Uint8Array, distance: number): Uint8Array {
  const id = randomId()
  const sharedBits = ID_LENGTH * 8 - distance
  const sharedBytes = sharedBits >> 3
  id.set(own.subarray(0, sharedBytes))
  const flipped = 0x80 >> (sharedBits & 7)
  const keep = 0xff & ~(2 * flipped - 1)
  id[sharedBytes] = (own[sharedBytes]! & keep) | (~own[sharedBytes]! & flipped) | (id[sharedBytes]! & (flipped - 1))
  return id
}

/** Whether two ids are the same. Ids are public, so this need not take constant time. */
export function equalIds(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < ID_LENGTH; i++) if (a[i] !== b[i]) return false
  return true
}
