import { hash } from 'node:crypto'

const BLOCK_BYTES = 64
const HASH_BYTES = 32
const LABEL = Buffer.from('blob/v1', 'latin1')

/** Bytes that both HMACs of a derivation are laid out in; derivations do not overlap. */
const inner = Buffer.alloc(BLOCK_BYTES + 128)
const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES)
const info = Buffer.alloc(LABEL.length + 32 + 16 + 1)
info.set(LABEL)
info[info.length - 1] = 1

/**
 * Key of one body: HKDF-SHA-256 of the user's data key, salted per body, bound to user and body (spec 03 §16.3).
 * Written out with one-shot hashes, which cost half of what the library's HKDF does, on every write and cold read.
 * @param dataKey 32 bytes @param salt 32 bytes @param user public key, 32 bytes @param blobId 16 bytes
 */
export function deriveBlobKey(dataKey: Uint8Array, salt: Uint8Array, user: Uint8Array, blobId: Uint8Array): Buffer {
  info.set(user, LABEL.length)
  info.set(blobId, LABEL.length + 32)
  // The output is one hash long, so expanding takes one round.
  return hmac(hmac(salt, dataKey), info)
}

/** HMAC-SHA-256 with a 32-byte key. */
function hmac(key: Uint8Array, message: Uint8Array): Buffer {
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    const byte = key[index] ?? 0
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  inner.set(message, BLOCK_BYTES)
  outer.set(hash('sha256', inner.subarray(0, BLOCK_BYTES + message.length), 'buffer'), BLOCK_BYTES)
  return hash('sha256', outer, 'buffer')
}
