import { chacha20poly1305Open, chacha20poly1305Seal } from '@pubky/crypto'

/** Bytes of an XChaCha20 nonce: long enough to be drawn at random for each message. */
export const XCHACHA_NONCE_BYTES = 24

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03 §2): ciphertext with the 16-byte tag behind it. */
export function xchacha20poly1305Seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  return chacha20poly1305Seal(subkey(key, nonce), innerNonce(nonce), plaintext, associated)
}

/** Reverse of {@link xchacha20poly1305Seal}; undefined when the tag does not match. */
export function xchacha20poly1305Open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  return chacha20poly1305Open(subkey(key, nonce), innerNonce(nonce), sealed, associated)
}

/** The last 8 nonce bytes behind 4 zero bytes. */
function innerNonce(nonce: Uint8Array): Uint8Array {
  const inner = new Uint8Array(12)
  inner.set(nonce.subarray(16), 4)
  return inner
}

/** HChaCha20 (draft §2.2) of the key and the first 16 nonce bytes. */
export function subkey(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const state = new Uint32Array(16)
  // "expand 32-byte k"
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574])
  for (let i = 0; i < 8; i++) state[4 + i] = word(key, i)
  for (let i = 0; i < 4; i++) state[12 + i] = word(nonce, i)
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + i, 8 + i, 12 + i)
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4))
  }
  const out = new Uint8Array(32)
  const view = new DataView(out.buffer)
  for (let i = 0; i < 4; i++) {
    view.setUint32(i * 4, state[i]!, true)
    view.setUint32(16 + i * 4, state[12 + i]!, true)
  }
  return out
}

function word(bytes: Uint8Array, index: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(index * 4, true)
}

function quarterRound(state: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(state, a, b, d, 16)
  mix(state, c, d, b, 12)
  mix(state, a, b, d, 8)
  mix(state, c, d, b, 7)
}

/** x += y; z = (z ^ x) rotated left by `bits`. */
function mix(state: Uint32Array, x: number, y: number, z: number, bits: number): void {
  state[x]! += state[y]!
  const mixed = state[z]! ^ state[x]!
  state[z] = (mixed << bits) | (mixed >>> (32 - bits))
}
