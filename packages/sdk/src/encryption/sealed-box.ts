import {
  chacha20poly1305Open,
  chacha20poly1305Seal,
  concatBytes,
  hkdfSha256,
  randomBytes,
  utf8Encode,
  x25519,
  x25519PublicKey,
} from '@pubky/crypto'

const LABEL = 'pubky-sdk/sealed-box/v1\0'
const KEY_BYTES = 32
/** Each key seals one message, so its nonce may be fixed. */
const NONCE = new Uint8Array(12)
const NOTHING = new Uint8Array(0)

/**
 * Seals a message to an X25519 key: `ephemeral key(32) ‖ ciphertext ‖ tag(16)` (ours). Undefined for a key of low
 * order, with which nothing can be kept secret.
 * @param context must be the same when opening
 */
export function sealBox(recipient: Uint8Array, context: string, message: Uint8Array): Uint8Array | undefined {
  const secret = randomBytes(KEY_BYTES)
  const ephemeral = x25519PublicKey(secret)
  const shared = x25519(secret, recipient)
  if (shared === undefined) return undefined
  const key = boxKey(shared, ephemeral, recipient, context)
  return concatBytes(ephemeral, chacha20poly1305Seal(key, NONCE, message, NOTHING))
}

/** Opens what {@link sealBox} made; undefined when it was not sealed to this key in this context, or is altered. */
export function openBox(recipientSecret: Uint8Array, context: string, box: Uint8Array): Uint8Array | undefined {
  if (box.length < KEY_BYTES) return undefined
  const ephemeral = box.subarray(0, KEY_BYTES)
  const shared = x25519(recipientSecret, ephemeral)
  if (shared === undefined) return undefined
  const key = boxKey(shared, ephemeral, x25519PublicKey(recipientSecret), context)
  return chacha20poly1305Open(key, NONCE, box.subarray(KEY_BYTES), NOTHING)
}

function boxKey(shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array, context: string): Uint8Array {
  return hkdfSha256(shared, concatBytes(ephemeral, recipient), utf8Encode(LABEL + context), KEY_BYTES)
}
