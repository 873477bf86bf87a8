import { utf8Decode, utf8Encode } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'

const UNRESERVED_OR_SLASH = /[^A-Za-z0-9\-_.~/]/
const ESCAPE = /%[0-9a-fA-F]{2}/

/**
 * Decodes a raw request path once: each character is one byte as received (Node's `req.url`), `%` without two hex
 * digits behind it stays as it is (spec 01 §3.2).
 * @throws ProtocolError `path-encoding` when the bytes are not UTF-8
 */
export function percentDecodePath(raw: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (!ESCAPE.test(raw) && /^[\x00-\x7f]*$/.test(raw)) return raw
  const bytes = new Uint8Array(raw.length)
  let length = 0
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code > 0xff) throw notUtf8()
    const triplet = code === 0x25 ? raw.slice(i, i + 3) : ''
    if (ESCAPE.test(triplet)) {
      bytes[length++] = Number.parseInt(triplet.slice(1), 16)
      i += 2
    } else {
      bytes[length++] = code
    }
  }
  try {
    return utf8Decode(bytes.subarray(0, length))
  } catch (cause) {
    throw notUtf8(cause)
  }
}

/** Percent-encodes every byte of a path except unreserved characters and `/` (spec 01 §3.1, `url_encode`). */
export function percentEncodePath(path: string): string {
  return percentEncode(path, UNRESERVED_OR_SLASH)
}

/**
 * Percent-encodes the UTF-8 bytes of each character that matches `reserved`; upper-case hex.
 * @throws ProtocolError `path-encoding` for a lone surrogate
 */
export function percentEncode(text: string, reserved: RegExp): string {
  if (!text.isWellFormed()) throw new ProtocolError('path-encoding', 'text contains a lone surrogate')
  if (!reserved.test(text)) return text
  let encoded = ''
  for (const char of text) {
    if (!reserved.test(char)) {
      encoded += char
      continue
    }
    for (const byte of utf8Encode(char)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

function notUtf8(cause?: unknown): ProtocolError {
  return new ProtocolError('path-encoding', 'path is not valid UTF-8', { cause })
}
