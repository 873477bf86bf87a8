import { concatBytes, randomBytes } from '@pubky/crypto'
import { decryptionError } from './errors.ts'
import { associatedData, type FileIdentity } from './file-identity.ts'
import { openStreamChunks, STREAM_VERSION } from './sealed-stream.ts'
import { XCHACHA_NONCE_BYTES, xchacha20poly1305Open, xchacha20poly1305Seal } from './xchacha20poly1305.ts'

/** First byte of a file sealed in one piece (ours; the container that spec 01 §15.6 suggests). */
const FILE_VERSION = 1

const TAG_BYTES = 16

/**
 * Seals a whole file: `01 ‖ nonce(24) ‖ ciphertext ‖ tag(16)`, XChaCha20-Poly1305 with a fresh random nonce, owner and
 * path as associated data.
 * @param key 32 bytes, the content key of exactly this path
 */
export function sealFile(key: Uint8Array, file: FileIdentity, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(XCHACHA_NONCE_BYTES)
  const sealed = xchacha20poly1305Seal(key, nonce, plaintext, associatedData(file))
  return concatBytes(Uint8Array.of(FILE_VERSION), nonce, sealed)
}

/**
 * Opens a sealed file of either form.
 * Throws `AuthenticationError` with a `data.code`; nothing of an altered file is returned.
 */
export function openFile(key: Uint8Array, file: FileIdentity, sealed: Uint8Array): Uint8Array {
  if (sealed[0] === STREAM_VERSION) return concatBytes(...openStreamChunks(key, file, sealed))
  if (sealed.length > 0 && sealed[0] !== FILE_VERSION) throw decryptionError('unsupported-version', file)
  if (sealed.length < 1 + XCHACHA_NONCE_BYTES + TAG_BYTES) throw decryptionError('truncated', file)
  const nonce = sealed.subarray(1, 1 + XCHACHA_NONCE_BYTES)
  const body = sealed.subarray(1 + XCHACHA_NONCE_BYTES)
  const plaintext = xchacha20poly1305Open(key, nonce, body, associatedData(file))
  if (plaintext === undefined) throw decryptionError('wrong-key-or-moved', file)
  return plaintext
}
