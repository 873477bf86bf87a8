import { rotate, SIGMA, wordsOf } from './key-stream.ts'

/** Where the block counter is. */
export const SALSA_COUNTER = 8

/** The first block of XSalsa20: a 32-byte key and a 24-byte nonce. */
export function xsalsaState(key: Uint8Array, nonce: Uint8Array): Uint32Array {
  const mixed = salsaState(wordsOf(key), wordsOf(nonce.subarray(0, 16)))
  stirSalsa(mixed)
  const subkey = [0, 5, 10, 15, 6, 7, 8, 9].map((i) => mixed[i]!)
  return salsaState(subkey, [...wordsOf(nonce.subarray(16)), 0, 0])
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

function quarterSalsa(w: Uint32Array, a: number, b: number, c: number, d: number): void {
  w[b]! ^= rotate(w[a]! + w[d]!, 7)
  w[c]! ^= rotate(w[b]! + w[a]!, 9)
  w[d]! ^= rotate(w[c]! + w[b]!, 13)
  w[a]! ^= rotate(w[d]! + w[c]!, 18)
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
