import { chacha20poly1305Open, chacha20poly1305Seal, hchacha20 } from '@pubky/crypto'

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

/** The key for the first 16 nonce bytes. */
export function subkey(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  return hchacha20(key, nonce.subarray(0, 16))
}
