import { concatBytes, equalBytes } from '../bytes.ts'
import { poly1305 } from './poly1305.ts'
import {
  CHACHA_COUNTER,
  chachaState,
  SALSA_COUNTER,
  type Stir,
  stirChacha,
  stirSalsa,
  xorKeyStream,
  xsalsaState,
} from './salsa.ts'

const TAG_LENGTH = 16
const MAC_KEY_LENGTH = 32

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

interface Streamed {
  readonly macKey: Uint8Array
  readonly text: Uint8Array
}

function salsa(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Streamed {
  return stream(bytes, MAC_KEY_LENGTH, xsalsaState(key, nonce), SALSA_COUNTER, stirSalsa)
}

function chacha(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Streamed {
  return stream(bytes, 64, chachaState(key, nonce), CHACHA_COUNTER, stirChacha)
}

/** Reads the MAC key off the key stream by encrypting zeros in front of the text. */
function stream(bytes: Uint8Array, zeros: number, first: Uint32Array, counter: number, stir: Stir): Streamed {
  const output = xorKeyStream(concatBytes(new Uint8Array(zeros), bytes), first, counter, stir)
  return { macKey: output.subarray(0, MAC_KEY_LENGTH), text: output.slice(zeros) }
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
