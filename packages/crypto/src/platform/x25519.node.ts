import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { base64UrlDecode, base64UrlEncode } from '../base64.ts'
import { concatBytes } from '../bytes.ts'
import { hexDecode } from '../hex.ts'

/** PKCS #8 wrapping of a raw X25519 secret (RFC 8410). */
const PKCS8_PREFIX = '302e020100300506032b656e04220420'

/** Public key, 32 bytes, of a 32-byte X25519 secret (RFC 7748). */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  const { x } = createPublicKey(importSecret(secret)).export({ format: 'jwk' })
  if (x === undefined) throw new TypeError('the platform did not export an X25519 public key')
  return base64UrlDecode(x)
}

/** Shared secret, 32 bytes; `undefined` for a public key of low order, with which it would be no secret. */
export function x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const peer = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64UrlEncode(publicKey) }, format: 'jwk' })
  try {
    return new Uint8Array(diffieHellman({ privateKey: importSecret(secret), publicKey: peer }))
  } catch {
    return undefined
  }
}

function importSecret(secret: Uint8Array) {
  const der = concatBytes(hexDecode(PKCS8_PREFIX), secret)
  const key = createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' })
  der.fill(0)
  return key
}
