import { chacha20poly1305 } from '@noble/ciphers/chacha.js'

const TAG_LENGTH = 16

/** ChaCha20-Poly1305 (RFC 8439): ciphertext with the 16-byte tag behind it. */
export function chacha20poly1305Seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  return chacha20poly1305(key, nonce, associated).encrypt(plaintext)
}

/** Reverse of {@link chacha20poly1305Seal}; `undefined` when the tag does not match. */
export function chacha20poly1305Open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_LENGTH) return undefined
  try {
    return chacha20poly1305(key, nonce, associated).decrypt(sealed)
  } catch {
    return undefined
  }
}
