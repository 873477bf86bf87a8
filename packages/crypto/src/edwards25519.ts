import { D, invert, mod, numberFromBytes, numberToBytes, P, powerOf250Ones, squareTimes } from './curve25519.ts'

/** A point in extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z (RFC 8032 §5.1.4). */
export type EdwardsPoint = readonly [x: bigint, y: bigint, z: bigint, t: bigint]

/** The order of the base point. */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** A root of −1. */
const ROOT_OF_MINUS_1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752n

const IDENTITY: EdwardsPoint = [0n, 1n, 1n, 0n]

const BASE_BYTES = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0x58 : 0x66))

let base: EdwardsPoint | undefined

/** The base point, y = 4/5. */
export function basePoint(): EdwardsPoint {
  base ??= decompress(BASE_BYTES)!
  return base
}

/**
 * The point of 32 bytes by the rules of ZIP-215, as every official parser demands: y may be non-canonical, "negative
 * zero" and points of small order are fine (spec 01 §1.3). `undefined` when there is none.
 */
export function decompress(bytes: Uint8Array): EdwardsPoint | undefined {
  const encoded = numberFromBytes(bytes)
  const y = BigInt.asUintN(255, encoded) % P
  const y2 = (y * y) % P
  // x² = u / v; v is never zero because −1/d is no square. RFC 8032 §5.1.3.
  const u = y2 - 1n
  const v = (D * y2 + 1n) % P
  const v3 = (v * v * v) % P
  const power = (u * v3 * v3 * v) % P
  // (P − 5) / 8 = 2^2 · (2^250 − 1) + 1
  let x = mod(u * v3 * squareTimes(powerOf250Ones(power), 2) * power)
  const square = (v * x * x) % P
  if (mod(square + u) === 0n) x = (x * ROOT_OF_MINUS_1) % P
  else if (mod(square - u) !== 0n) return undefined
  if ((x & 1n) !== encoded >> 255n) x = P - x
  return [x, y, 1n, (x * y) % P]
}

/** 32 bytes of a point: y, and in the top bit whether x is odd. */
export function compress([x, y, z]: EdwardsPoint): Uint8Array<ArrayBuffer> {
  const inverse = invert(z)
  const isOdd = mod(x * inverse) & 1n
  return numberToBytes(mod(y * inverse) | (isOdd << 255n))
}

/** The point on the other side of the y axis. */
export function negate([x, y, z, t]: EdwardsPoint): EdwardsPoint {
  return [-x, y, z, -t]
}

/**
 * The sum of points multiplied by scalars below 2^256. The steps are the same for every scalar: four doublings and
 * one addition per term for each of 64 digits.
 */
export function sumOfMultiples(...terms: readonly (readonly [EdwardsPoint, bigint])[]): EdwardsPoint {
  const tables = terms.map(([point, scalar]) => ({ multiples: firstMultiples(point), scalar }))
  let sum = IDENTITY
  for (let shift = 252n; shift >= 0n; shift -= 4n) {
    for (let doubling = 0; doubling < 4; doubling++) sum = add(sum, sum)
    for (const { multiples, scalar } of tables) sum = add(sum, multiples[Number((scalar >> shift) & 15n)]!)
  }
  return sum
}

/** 0 to 15 times a point. */
function firstMultiples(point: EdwardsPoint): readonly EdwardsPoint[] {
  const multiples = [IDENTITY]
  while (multiples.length < 16) multiples.push(add(multiples.at(-1)!, point))
  return multiples
}

/** Holds for all points, equal ones and the identity included (RFC 8032 §5.1.4). */
function add([x1, y1, z1, t1]: EdwardsPoint, [x2, y2, z2, t2]: EdwardsPoint): EdwardsPoint {
  const a = ((y1 - x1) * (y2 - x2)) % P
  const b = ((y1 + x1) * (y2 + x2)) % P
  const c = (((t1 * t2) % P) * (2n * D)) % P
  const d = (2n * z1 * z2) % P
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P]
}
