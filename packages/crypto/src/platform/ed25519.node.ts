import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { base64UrlDecode, base64UrlEncode } from '../base64.ts'
import { concatBytes } from '../bytes.ts'
import { isSmallOrderPoint } from '../curve25519.ts'
import { hexDecode } from '../hex.ts'
import { createVerifier as createPortableVerifier, type Signer } from './ed25519.browser.ts'

/** PKCS #8 wrapping of a raw Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = '302e020100300506032b657004220420'

/** Prepares a 32-byte seed (RFC 8032). */
export function createSigner(seed: Uint8Array): Signer {
  const der = concatBytes(hexDecode(PKCS8_PREFIX), seed)
  const key = createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' })
  der.fill(0)
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  if (x === undefined) throw new TypeError('the platform did not export an Ed25519 public key')
  return {
    publicKey: base64UrlDecode(x),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  }
}

/**
 * Prepares a public key; the returned function tells whether a 64-byte signature is valid by the cofactorless
 * equation of spec 01 §1.3.
 */
export function createVerifier(publicKey: Uint8Array): (message: Uint8Array, signature: Uint8Array) => boolean {
  const key: KeyObject = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: base64UrlEncode(publicKey) },
    format: 'jwk',
  })
  return (message, signature) => {
    if (signature.length !== 64) return false
    if (verify(null, message, key, signature)) return true
    // OpenSSL from 3.5 on refuses small-order points outright; official software judges them by the equation.
    const unusual = isSmallOrderPoint(publicKey) || isSmallOrderPoint(signature.subarray(0, 32))
    return unusual && createPortableVerifier(publicKey)(message, signature)
  }
}
