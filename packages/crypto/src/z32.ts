import { base32Decode, base32Encode } from './base32.ts'
import { CryptoError } from './errors.ts'

const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769'

/** z-base-32, lower case, without padding (spec 01 §0): 32 bytes become 52 characters. */
export function z32Encode(bytes: Uint8Array): string {
  return base32Encode(bytes, ALPHABET)
}

/**
 * Bytes of a z-base-32 text. Upper case is refused; unused bits of the last character are ignored, so compare
 * decoded bytes, never texts (spec 01 §0, quirk).
 * @throws CryptoError `invalid-encoding`
 */
export function z32Decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = base32Decode(text, (code) => ALPHABET.indexOf(String.fromCharCode(code)))
  if (!bytes) throw new CryptoError('invalid-encoding', 'invalid z-base-32 text')
  return bytes
}
