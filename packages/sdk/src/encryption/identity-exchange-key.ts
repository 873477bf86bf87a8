import { sha512 } from '@pubky/crypto'
import type { Keypair } from '../keys/keypair.ts'
import type { PublicKey } from '../keys/public-key.ts'

/** The prime of the field, 2^255 − 19. */
const P = 2n ** 255n - 19n

/**
 * The X25519 public key that belongs to a pubky: u = (1 + y) / (1 − y) of its Edwards point (RFC 7748 §4.1). Only the
 * owner of the seed can open what is sealed to it.
 */
export function identityExchangeKey(user: PublicKey): Uint8Array {
  let y = 0n
  for (const byte of user.toUint8Array().reverse()) y = (y << 8n) | BigInt(byte)
  y = BigInt.asUintN(255, y) % P
  let u = ((1n + y) * inverse(P + 1n - y)) % P
  return Uint8Array.from({ length: 32 }, () => {
    const byte = Number(u & 255n)
    u >>= 8n
    return byte
  })
}

/** The X25519 secret of a seed: the scalar that Ed25519 signs with (X25519 clamps it the same way). */
export function identityExchangeSecret(keypair: Keypair): Uint8Array {
  return sha512(keypair.secret()).slice(0, 32)
}

/** value^(P−2): Fermat's inverse. Only public values pass here. */
function inverse(value: bigint): bigint {
  let result = 1n
  let square = value % P
  for (let exponent = P - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
