import { base64UrlDecode, type PublicKey, utf8Decode, utf8Encode, verifySignature } from '@pubky/crypto'

/** The three parts of a compact JWS (RFC 7515), still encoded. */
export interface CompactJws {
  readonly header: string
  readonly payload: string
  readonly signature: string
}

/** The text inside one part. @throws CryptoError when it is not strict base64url of UTF-8 */
export function decodeJwsPart(part: string): string {
  return utf8Decode(base64UrlDecode(part))
}

/** Whether a JWS carries a 64-byte signature of `key` over its received bytes (spec 01 §1.3). */
export function verifyJwsSignature({ header, payload, signature }: CompactJws, key: PublicKey): boolean {
  let bytes: Uint8Array
  try {
    bytes = base64UrlDecode(signature)
  } catch {
    return false
  }
  return verifySignature(key, utf8Encode(`${header}.${payload}`), bytes)
}
