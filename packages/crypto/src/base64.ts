import { CryptoError } from './errors.ts'

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Base64url of RFC 4648 §5 without padding (spec 01 §0). */
export function base64UrlEncode(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE)
}

/**
 * Strict base64url: no padding, no white space, unused bits zero, so that each byte string has exactly one text.
 * @throws CryptoError `invalid-encoding`
 */
export function base64UrlDecode(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, URL_SAFE)
}

/** Standard base64 with padding (spec 01 §0). */
export function base64Encode(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD)
  return text + '='.repeat((4 - (text.length % 4)) % 4)
}

/**
 * Strict standard base64: padding required, no white space, unused bits zero.
 * @throws CryptoError `invalid-encoding`
 */
export function base64Decode(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw invalid('Invalid padding')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decode(text.slice(0, text.length - padding), STANDARD)
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = ((pending & 0x3f) << 8) | byte
    bits += 8
    while (bits >= 6) {
      bits -= 6
      text += alphabet[(pending >> bits) & 63]
    }
  }
  if (bits > 0) text += alphabet[(pending << (6 - bits)) & 63]
  return text
}

function decode(text: string, alphabet: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let pending = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const value = alphabet.indexOf(text.charAt(i))
    if (value < 0) throw invalidCharacter(text, i)
    pending = ((pending & 0x3f) << 6) | value
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = pending >> bits
    }
  }
  if (bits === 6) throw invalid(`Invalid input length: ${text.length}`)
  if ((pending & ((1 << bits) - 1)) !== 0) {
    throw invalid(`Invalid last symbol ${text.charCodeAt(text.length - 1)}, offset ${text.length - 1}.`)
  }
  return bytes
}

function invalidCharacter(text: string, offset: number): CryptoError {
  const isPadding = /^=+$/.test(text.slice(offset))
  return invalid(isPadding ? 'Invalid padding' : `Invalid symbol ${text.charCodeAt(offset)}, offset ${offset}.`)
}

/** Messages are those of the official software, which shows them in deep-link errors (spec 01 §5.7). */
function invalid(message: string): CryptoError {
  return new CryptoError('invalid-encoding', message)
}
