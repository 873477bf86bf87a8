import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concatBytes } from '../bytes.ts'

const TAG_LENGTH = 16

/** ChaCha20-Poly1305 (RFC 8439): ciphertext with the 16-byte tag behind it. */
export function chacha20poly1305Seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_LENGTH })
  cipher.setAAD(associated, { plaintextLength: plaintext.length })
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/** Reverse of {@link chacha20poly1305Seal}; `undefined` when the tag does not match. */
export function chacha20poly1305Open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_LENGTH) return undefined
  const end = sealed.length - TAG_LENGTH
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_LENGTH })
  decipher.setAAD(associated, { plaintextLength: end })
  decipher.setAuthTag(sealed.subarray(end))
  const plaintext = decipher.update(sealed.subarray(0, end))
  try {
    return concatBytes(plaintext, decipher.final())
  } catch {
    return undefined
  }
}
