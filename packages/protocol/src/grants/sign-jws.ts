import { base64UrlEncode, utf8Encode } from '@pubky/crypto'

/** The exact header of a Pubky JWS of a type (spec 01 §5.1). */
export function jwsHeader(type: string): string {
  return `{"alg":"EdDSA","typ":"${type}"}`
}

/** The text that is signed: header and payload, given as exact JSON texts, encoded and joined by a dot. */
export function jwsSigningInput(header: string, payload: string): string {
  return `${base64UrlEncode(utf8Encode(header))}.${base64UrlEncode(utf8Encode(payload))}`
}

/** Appends a 64-byte signature to the text it signs. */
export function attachSignature(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${base64UrlEncode(signature)}`
}
