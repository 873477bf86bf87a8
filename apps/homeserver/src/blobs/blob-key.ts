import { createSecretKey, hash, type KeyObject } from 'node:crypto'

const BLOCK_BYTES = 64
const HASH_BYTES = 32
const LABEL = Buffer.from('blob/v1', 'latin1')

/** Bytes that both HMACs of a derivation are laid out in; derivations do not overlap. */
const inner = Buffer.alloc(BLOCK_BYTES + 128, 0x36)
const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c)
const extracted = Buffer.alloc(HASH_BYTES)
const expanded = Buffer.alloc(HASH_BYTES)
const info = Buffer.alloc(LABEL.length + 32 + 16 + 1)
info.set(LABEL)
info[info.length - 1] = 1

/**
 * Key of one body: HKDF-SHA-256 of the user's data key, salted per body, bound to user and body (spec 03 §16.3).
 * Written out with one-shot hashes, which cost a third of what the library's HKDF does, on every write and cold read.
 * The answer is a key object: ciphers take many times longer to start from bare bytes.
 * @param dataKey 32 bytes @param salt 32 bytes @param user public key, 32 bytes @param blobId 16 bytes
 */
export function deriveBlobKey(dataKey: Uint8Array, salt: Uint8Array, user: Uint8Array, blobId: Uint8Array): KeyObject {
  info.set(user, LABEL.length)
  info.set(blobId, LABEL.length + 32)
  hmac(salt, dataKey, extracted)
  // The output is one hash long, so expanding takes one round.
  hmac(extracted, info, expanded)
  const key = createSecretKey(expanded)
  extracted.fill(0)
  expanded.fill(0)
  return key
}

/** HMAC-SHA-256 with a 32-byte key, into `target`. Digests travel as text: that is cheaper than a buffer for each. */
function hmac(key: Uint8Array, message: Uint8Array, target: Buffer): void {
  for (let index = 0; index < HASH_BYTES; index += 1) {
    const byte = key[index] ?? 0
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  inner.set(message, BLOCK_BYTES)
  outer.write(hash('sha256', inner.subarray(0, BLOCK_BYTES + message.length), 'binary'), BLOCK_BYTES, 'latin1')
  target.write(hash('sha256', outer, 'binary'), 0, 'latin1')
}
