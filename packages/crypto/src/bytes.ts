import { CryptoError } from './errors.ts'

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/**
 * Compares two byte strings in time that depends only on their lengths, so that it is fit for secrets. Different
 * lengths are unequal.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/** UTF-8 bytes of a text. @throws CryptoError `invalid-encoding` for a lone surrogate, which UTF-8 cannot express. */
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  if (!text.isWellFormed()) throw new CryptoError('invalid-encoding', 'text contains a lone surrogate')
  return new TextEncoder().encode(text)
}

/**
 * Text of UTF-8 bytes. A byte order mark is kept as a character.
 * @throws CryptoError `invalid-encoding` when the bytes are not valid UTF-8
 */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CryptoError('invalid-encoding', 'bytes are not valid UTF-8', { cause })
  }
}

/** How many bytes a text has in UTF-8; a lone surrogate counts as three. */
export function utf8Length(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : 3
    // The two halves of a pair become four bytes together.
    if (code >= 0xdc00 && code < 0xe000 && i > 0 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) length -= 2
  }
  return length
}
