import {
  base64UrlDecode,
  base64UrlEncode,
  type PublicKey,
  utf8Decode,
  utf8Encode,
  verifySignature,
} from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'

/** The three parts of a compact JWS (RFC 7515), still encoded. */
export interface CompactJws {
  readonly header: string
  readonly payload: string
  readonly signature: string
}

/**
 * Splits a compact JWS (spec 01 §5.1).
 * @throws ProtocolError `jws-parts` unless there are exactly three parts
 */
export function splitJws(text: string): CompactJws {
  const [header, payload, signature, ...rest] = text.split('.', 4)
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw new ProtocolError('jws-parts', 'JWS Compact Serialization must have exactly 3 dot-separated parts')
  }
  return { header, payload, signature }
}

/** The text that is signed: header and payload, given as exact JSON texts, encoded and joined by a dot. */
export function jwsSigningInput(header: string, payload: string): string {
  return `${base64UrlEncode(utf8Encode(header))}.${base64UrlEncode(utf8Encode(payload))}`
}

/** Appends a 64-byte signature to the text it signs. */
export function attachSignature(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${base64UrlEncode(signature)}`
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
