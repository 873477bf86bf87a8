import { concatBytes, equalBytes } from '../bytes.ts'
import { type Streamed, streamWithMacKey, TAG_LENGTH } from './key-stream.ts'
import { poly1305 } from './poly1305.ts'
import { SALSA_COUNTER, stirSalsa, xsalsaState } from './salsa.ts'

/** XSalsa20-Poly1305, NaCl secretbox: the 16-byte tag, then the ciphertext. The MAC key is the start of the stream. */
export function xsalsa20poly1305Seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const { macKey, text } = salsa(key, nonce, plaintext)
  return concatBytes(poly1305(macKey, text), text)
}

/** Reverse of {@link xsalsa20poly1305Seal}; `undefined` when the tag does not match. */
export function xsalsa20poly1305Open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < TAG_LENGTH) return undefined
  const ciphertext = sealed.subarray(TAG_LENGTH)
  const { macKey, text } = salsa(key, nonce, ciphertext)
  return equalBytes(poly1305(macKey, ciphertext), sealed.subarray(0, TAG_LENGTH)) ? text : undefined
}

function salsa(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Streamed {
  return streamWithMacKey(bytes, 32, xsalsaState(key, nonce), SALSA_COUNTER, stirSalsa)
}
