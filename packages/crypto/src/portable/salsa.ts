/**
 * Salsa20 (Bernstein 2005) and ChaCha20 (RFC 8439): two ways of stirring a block of 16 words, and the key stream that
 * both make of it. Words lie in memory as little-endian bytes, as on every platform that has a browser.
 */

/** Stirs 16 words by 20 rounds, in place. */
export type Stir = (words: Uint32Array) => void

/** The words of "expand 32-byte k". */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const

/** The first block of XSalsa20: a 32-byte key and a 24-byte nonce. */
export function xsalsaState(key: Uint8Array, nonce: Uint8Array): Uint32Array {
  const mixed = salsaState(wordsOf(key), wordsOf(nonce.subarray(0, 16)))
  stirSalsa(mixed)
  const subkey = [0, 5, 10, 15, 6, 7, 8, 9].map((i) => mixed[i]!)
  return salsaState(subkey, [...wordsOf(nonce.subarray(16)), 0, 0])
}

/** The first block of ChaCha20: a 32-byte key and a 12-byte nonce. */
export function chachaState(key: Uint8Array, nonce: Uint8Array): Uint32Array {
  return Uint32Array.from([...SIGMA, ...wordsOf(key), 0, ...wordsOf(nonce)])
}

/** Where the block counter of each cipher is. */
export const SALSA_COUNTER = 8
export const CHACHA_COUNTER = 12

/** XORs the key stream from a first block on over a copy of the bytes. At most 256 GiB. */
export function xorKeyStream(bytes: Uint8Array, first: Uint32Array, counter: number, stir: Stir): Uint8Array {
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

/** The rounds of Salsa20: columns, then rows. */
export function stirSalsa(w: Uint32Array): void {
  for (let i = 0; i < 10; i++) {
    quarterSalsa(w, 0, 4, 8, 12)
    quarterSalsa(w, 5, 9, 13, 1)
    quarterSalsa(w, 10, 14, 2, 6)
    quarterSalsa(w, 15, 3, 7, 11)
    quarterSalsa(w, 0, 1, 2, 3)
    quarterSalsa(w, 5, 6, 7, 4)
    quarterSalsa(w, 10, 11, 8, 9)
    quarterSalsa(w, 15, 12, 13, 14)
  }
}

/** The rounds of ChaCha20: columns, then diagonals. */
export function stirChacha(w: Uint32Array): void {
  for (let i = 0; i < 10; i++) {
    quarterChacha(w, 0, 4, 8, 12)
    quarterChacha(w, 1, 5, 9, 13)
    quarterChacha(w, 2, 6, 10, 14)
    quarterChacha(w, 3, 7, 11, 15)
    quarterChacha(w, 0, 5, 10, 15)
    quarterChacha(w, 1, 6, 11, 12)
    quarterChacha(w, 2, 7, 8, 13)
    quarterChacha(w, 3, 4, 9, 14)
  }
}

function quarterSalsa(w: Uint32Array, a: number, b: number, c: number, d: number): void {
  w[b]! ^= rotate(w[a]! + w[d]!, 7)
  w[c]! ^= rotate(w[b]! + w[a]!, 9)
  w[d]! ^= rotate(w[c]! + w[b]!, 13)
  w[a]! ^= rotate(w[d]! + w[c]!, 18)
}

function quarterChacha(w: Uint32Array, a: number, b: number, c: number, d: number): void {
  let va = w[a]!
  let vb = w[b]!
  let vc = w[c]!
  let vd = w[d]!
  va = (va + vb) | 0
  vd = rotate(vd ^ va, 16)
  vc = (vc + vd) | 0
  vb = rotate(vb ^ vc, 12)
  va = (va + vb) | 0
  vd = rotate(vd ^ va, 8)
  vc = (vc + vd) | 0
  vb = rotate(vb ^ vc, 7)
  w[a] = va
  w[b] = vb
  w[c] = vc
  w[d] = vd
}

function salsaState(key: ArrayLike<number>, input: ArrayLike<number>): Uint32Array {
  const k = Array.from(key)
  return Uint32Array.from([
    SIGMA[0],
    ...k.slice(0, 4),
    SIGMA[1],
    ...Array.from(input),
    SIGMA[2],
    ...k.slice(4),
    SIGMA[3],
  ])
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer)
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}
