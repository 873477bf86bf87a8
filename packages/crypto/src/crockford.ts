import { base32Decode, base32Encode } from './base32.ts'
import { CryptoError } from './errors.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ALIASES: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' }

/** Crockford base32 in upper case (spec 01 §0). */
export function crockfordEncode(bytes: Uint8Array): string {
  return base32Encode(bytes, ALPHABET)
}

/**
 * Bytes of a Crockford base32 text: either case, `I` and `L` read as 1, `O` as 0; `U`, hyphens and everything else
 * are refused; unused bits of the last character are ignored.
 * @throws CryptoError `invalid-encoding`
 */
export function crockfordDecode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = base32Decode(text, digitOf)
  if (!bytes) throw new CryptoError('invalid-encoding', 'invalid Crockford base32 text')
  return bytes
}

function digitOf(code: number): number {
  // Only ASCII letters may be folded: toUpperCase would turn characters like U+017F into letters of the alphabet.
  const upper = String.fromCharCode(code >= 0x61 && code <= 0x7a ? code - 32 : code)
  return ALPHABET.indexOf(ALIASES[upper] ?? upper)
}
