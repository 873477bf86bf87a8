import { concatBytes } from './bytes.ts'
import { CryptoError } from './errors.ts'
import { xsalsa20poly1305Open, xsalsa20poly1305Seal } from './portable/xsalsa20poly1305.ts'
import { randomBytes } from './random.ts'

const NONCE_LENGTH = 24

/** Bytes that sealing adds: nonce and tag. */
export const SECRETBOX_OVERHEAD = 40

/**
 * Seals a message with a 32-byte key: NaCl secretbox with its random nonce in front, `nonce(24) ‖ tag(16) ‖
 * ciphertext`. An empty message becomes an empty box, as in official software: treat one as an error where it matters
 * (spec 01 §8).
 * @param nonce 24 bytes, never used twice with one key; random unless a test fixes it
 */
export function secretboxSeal(message: Uint8Array, key: Uint8Array, nonce = randomBytes(NONCE_LENGTH)): Uint8Array {
  requireKey(key)
  if (message.length === 0) return new Uint8Array(0)
  return concatBytes(nonce, xsalsa20poly1305Seal(key, nonce, message))
}

/**
 * Opens what {@link secretboxSeal} made. An empty box opens to an empty, unauthenticated message (spec 01 §8).
 * @throws CryptoError `message-too-short`, `decryption-failed`
 */
export function secretboxOpen(box: Uint8Array, key: Uint8Array): Uint8Array {
  requireKey(key)
  if (box.length === 0) return new Uint8Array(0)
  if (box.length < NONCE_LENGTH) {
    throw new CryptoError(
      'message-too-short',
      `Encrypted message too small, expected at least 24 bytes nonce, received ${box.length} bytes`,
    )
  }
  const message = xsalsa20poly1305Open(key, box.subarray(0, NONCE_LENGTH), box.subarray(NONCE_LENGTH))
  if (!message) throw new CryptoError('decryption-failed', 'aead::Error')
  return message
}

function requireKey(key: Uint8Array): void {
  if (key.length !== 32) throw new CryptoError('invalid-length', `secretbox keys have 32 bytes, got ${key.length}`)
}
