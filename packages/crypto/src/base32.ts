/** Base32 over a 32-character alphabet: most significant bits first, no padding (spec 01 §0). */
export function base32Encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = ((pending & 0x1f) << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(pending >> bits) & 31]
    }
  }
  if (bits > 0) text += alphabet[(pending << (5 - bits)) & 31]
  return text
}

/**
 * Reverse of {@link base32Encode}; `undefined` when a character has no value. Left-over low bits are ignored and the
 * result has `floor(length · 5 / 8)` bytes, as in every official implementation.
 */
export function base32Decode(text: string, digitOf: (charCode: number) => number): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let pending = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const value = digitOf(text.charCodeAt(i))
    if (value < 0) return undefined
    pending = ((pending & 0x7f) << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = pending >> bits
    }
  }
  return bytes
}
