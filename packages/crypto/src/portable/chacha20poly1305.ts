import { concatBytes, equalBytes } from '../bytes.ts'
import { CHACHA_COUNTER, chachaState, stirChacha } from './chacha.ts'
import { type Streamed, streamWithMacKey, TAG_LENGTH } from './key-stream.ts'
import { poly1305 } from './poly1305.ts'

/** ChaCha20-Poly1305 (RFC 8439): ciphertext with the 16-byte tag behind it. The MAC key has a block of its own. */
export function chacha20poly1305Seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const { macKey, text } = chacha(key, nonce, plaintext)
  return concatBytes(text, poly1305(macKey, authenticated(associated, text)))
}

/** Reverse of {@link chacha20poly1305Seal}; `undefined` when the tag does not match. */
export function chacha20poly1305Open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_LENGTH) return undefined
  const ciphertext = sealed.subarray(0, -TAG_LENGTH)
  const { macKey, text } = chacha(key, nonce, ciphertext)
  const tag = poly1305(macKey, authenticated(associated, ciphertext))
  return equalBytes(tag, sealed.subarray(-TAG_LENGTH)) ? text : undefined
}

function chacha(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Streamed {
  return streamWithMacKey(bytes, 64, chachaState(key, nonce), CHACHA_COUNTER, stirChacha)
}

/** What the tag of RFC 8439 covers: both parts, each filled up to 16 bytes, and their lengths. */
function authenticated(associated: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const lengths = new DataView(new ArrayBuffer(16))
  lengths.setBigUint64(0, BigInt(associated.length), true)
  lengths.setBigUint64(8, BigInt(ciphertext.length), true)
  return concatBytes(associated, fillerOf(associated), ciphertext, fillerOf(ciphertext), new Uint8Array(lengths.buffer))
}

function fillerOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array((16 - (bytes.length % 16)) % 16)
}
