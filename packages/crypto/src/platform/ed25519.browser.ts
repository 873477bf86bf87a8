import { getPublicKey, hashes, Point, sign } from '@noble/ed25519'
import { concatBytes, equalBytes } from '../bytes.ts'
import { numberFromBytes } from '../curve25519.ts'
import { sha512 } from './sha2.browser.ts'

/** A secret key made ready for signing once. */
export interface Signer {
  /** 32 bytes, the compressed point. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** Prepares a 32-byte seed (RFC 8032). */
export function createSigner(seed: Uint8Array): Signer {
  hashes.sha512 = (message) => new Uint8Array(sha512(message))
  const secret = new Uint8Array(seed)
  return {
    publicKey: getPublicKey(secret),
    sign: (message) => sign(message, secret),
  }
}

/**
 * Prepares a public key; the returned function tells whether a 64-byte signature is valid by the cofactorless
 * equation of spec 01 §1.3. The library's own `verify` multiplies by the cofactor and would accept more.
 */
export function createVerifier(publicKey: Uint8Array): (message: Uint8Array, signature: Uint8Array) => boolean {
  const minusA = Point.fromBytes(publicKey, true).negate()
  const order = Point.CURVE().n
  return (message, signature) => {
    if (signature.length !== 64) return false
    const r = signature.subarray(0, 32)
    const s = numberFromBytes(signature.subarray(32))
    if (s >= order) return false
    const k = numberFromBytes(sha512(concatBytes(r, publicKey, message))) % order
    const expected = Point.BASE.multiply(s, false).add(minusA.multiply(k, false))
    return equalBytes(expected.toBytes(), r)
  }
}
