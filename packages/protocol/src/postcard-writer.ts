import { concatBytes, utf8Encode } from '@pubky/crypto'

/** The shortest LEB128 form of a number. */
export function encodeVarint(value: bigint | number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  let rest = BigInt(value)
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return new Uint8Array(bytes)
}

/** A length and the UTF-8 bytes of a text. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8Encode(text)
  return concatBytes(encodeVarint(bytes.length), bytes)
}
