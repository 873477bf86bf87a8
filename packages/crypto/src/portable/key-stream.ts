/**
 * What Salsa20 (Bernstein 2005) and ChaCha20 (RFC 8439) have in common: the key stream that each makes by stirring a
 * block of 16 words in its own way. Words lie in memory as little-endian bytes, as on every platform that has a browser.
 */
import { concatBytes } from '../bytes.ts'

/** Stirs 16 words by 20 rounds, in place. */
export type Stir = (words: Uint32Array) => void

/** The words of "expand 32-byte k". */
export const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const

export const TAG_LENGTH = 16
const MAC_KEY_LENGTH = 32

/** A text under the key stream, and the key for its tag. */
export interface Streamed {
  readonly macKey: Uint8Array
  readonly text: Uint8Array
}

/**
 * Puts the key stream over bytes behind as many zeros, in whose place the MAC key is read off. At most 256 GiB.
 * @param first the first block
 * @param counter the word of a block that counts blocks
 */
export function streamWithMacKey(
  bytes: Uint8Array,
  zeros: number,
  first: Uint32Array,
  counter: number,
  stir: Stir,
): Streamed {
  const output = xorKeyStream(concatBytes(new Uint8Array(zeros), bytes), first, counter, stir)
  return { macKey: output.subarray(0, MAC_KEY_LENGTH), text: output.slice(zeros) }
}

function xorKeyStream(bytes: Uint8Array, first: Uint32Array, counter: number, stir: Stir): Uint8Array {
  const blocks = Math.ceil(bytes.length / 64)
  const output = new Uint8Array(64 * blocks)
  output.set(bytes)
  const text = new Uint32Array(output.buffer)
  const input = new Uint32Array(first)
  const words = new Uint32Array(16)
  for (let start = 0; start < text.length; start += 16) {
    words.set(input)
    stir(words)
    for (let i = 0; i < 16; i++) text[start + i]! ^= words[i]! + input[i]!
    input[counter]!++
  }
  return output.subarray(0, bytes.length)
}

/** Bytes as words; copies them. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer)
}

/** A word rotated to the left. */
export function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}
