import { concatBytes, equalBytes } from '../bytes.ts'
import { numberFromBytes, numberToBytes } from '../curve25519.ts'
import { basePoint, compress, decompress, negate, ORDER, sumOfMultiples } from '../edwards25519.ts'
import { sha512 } from './sha2.browser.ts'

/** A secret key made ready for signing once. */
export interface Signer {
  /** 32 bytes, the compressed point. */
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** Prepares a 32-byte seed (RFC 8032 §5.1.5 and §5.1.6). */
export function createSigner(seed: Uint8Array): Signer {
  const expanded = sha512(seed)
  const prefix = expanded.subarray(32)
  expanded[0]! &= 248
  expanded[31]! = (expanded[31]! & 127) | 64
  const scalar = numberFromBytes(expanded.subarray(0, 32))
  const publicKey = multipleOfBase(scalar)
  return {
    publicKey,
    sign(message) {
      const nonce = scalarOf(prefix, message)
      const r = multipleOfBase(nonce)
      const s = (nonce + scalarOf(r, publicKey, message) * scalar) % ORDER
      return concatBytes(r, numberToBytes(s))
    },
  }
}

/**
 * Prepares a public key; the returned function tells whether a 64-byte signature is valid by the cofactorless
 * equation of spec 01 §1.3.
 */
export function createVerifier(publicKey: Uint8Array): (message: Uint8Array, signature: Uint8Array) => boolean {
  const point = decompress(publicKey)
  return (message, signature) => {
    if (point === undefined || signature.length !== 64) return false
    const r = signature.subarray(0, 32)
    const s = numberFromBytes(signature.subarray(32))
    if (s >= ORDER) return false
    const k = scalarOf(r, publicKey, message)
    return equalBytes(compress(sumOfMultiples([basePoint(), s], [negate(point), k])), r)
  }
}

function multipleOfBase(scalar: bigint): Uint8Array {
  return compress(sumOfMultiples([basePoint(), scalar]))
}

/** The hash of all parts as a scalar. */
function scalarOf(...parts: readonly Uint8Array[]): bigint {
  return numberFromBytes(sha512(concatBytes(...parts))) % ORDER
}
