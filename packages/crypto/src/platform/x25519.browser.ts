import { invert, mod, numberFromBytes, numberToBytes } from '../curve25519.ts'

/** (486662 − 2) / 4 of the curve v² = u³ + 486662·u² + u. */
const A24 = 121665n

/** Public key, 32 bytes, of a 32-byte X25519 secret (RFC 7748). */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  return numberToBytes(ladder(clampedScalar(secret), 9n))
}

/** Shared secret, 32 bytes; `undefined` for a public key of low order, with which it would be no secret. */
export function x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const u = mod(BigInt.asUintN(255, numberFromBytes(publicKey)))
  const shared = ladder(clampedScalar(secret), u)
  return shared === 0n ? undefined : numberToBytes(shared)
}

function clampedScalar(secret: Uint8Array): bigint {
  const bytes = new Uint8Array(secret)
  bytes[0]! &= 248
  bytes[31]! = (bytes[31]! & 127) | 64
  const scalar = numberFromBytes(bytes)
  bytes.fill(0)
  return scalar
}

/** The Montgomery ladder of RFC 7748 §5: the same steps for every scalar. */
function ladder(scalar: bigint, u: bigint): bigint {
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n]
  let swapped = 0n
  for (let bit = 254n; bit >= 0n; bit--) {
    const current = (scalar >> bit) & 1n
    if (swapped !== current) [x2, z2, x3, z3] = [x3, z3, x2, z2]
    swapped = current
    const sum = x2 + z2
    const difference = x2 - z2
    const sum2 = mod(sum * sum)
    const difference2 = mod(difference * difference)
    const e = sum2 - difference2
    const cross1 = mod((x3 - z3) * sum)
    const cross2 = mod((x3 + z3) * difference)
    x3 = mod((cross1 + cross2) ** 2n)
    z3 = mod(u * (cross1 - cross2) ** 2n)
    x2 = mod(sum2 * difference2)
    z2 = mod(e * (sum2 + A24 * e))
  }
  if (swapped === 1n) [x2, z2] = [x3, z3]
  return mod(x2 * invert(z2))
}
