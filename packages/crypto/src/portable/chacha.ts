import { rotate, SIGMA, wordsOf } from './key-stream.ts'

/** Where the block counter is. */
export const CHACHA_COUNTER = 12

/** The first block of ChaCha20: a 32-byte key and a 12-byte nonce. */
export function chachaState(key: Uint8Array, nonce: Uint8Array): Uint32Array {
  return Uint32Array.from([...SIGMA, ...wordsOf(key), 0, ...wordsOf(nonce)])
}

/** HChaCha20 (draft-irtf-cfrg-xchacha-03 §2.2): the 32-byte key that a 32-byte key and a 16-byte nonce give. */
export function hchacha20(key: Uint8Array, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = Uint32Array.from([...SIGMA, ...wordsOf(key), ...wordsOf(nonce)])
  stirChacha(words)
  return new Uint8Array(Uint32Array.from([...words.subarray(0, 4), ...words.subarray(12)]).buffer)
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
