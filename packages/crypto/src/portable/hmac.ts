import { concatBytes } from '../bytes.ts'
import { sha256 } from './sha2.ts'

const BLOCK_LENGTH = 64

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_LENGTH)
  block.set(key.length > BLOCK_LENGTH ? sha256(key) : key)
  const inner = sha256(
    concatBytes(
      block.map((byte) => byte ^ 0x36),
      message,
    ),
  )
  return sha256(
    concatBytes(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  )
}

/** HKDF-SHA-256 (RFC 5869). An empty salt stands for 32 zero bytes; `length` is at most 8160. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const key = hmacSha256(salt, secret)
  let block: Uint8Array = new Uint8Array(0)
  let output: Uint8Array = block
  for (let counter = 1; output.length < length; counter++) {
    block = hmacSha256(key, concatBytes(block, info, new Uint8Array([counter])))
    output = concatBytes(output, block)
  }
  return output.subarray(0, length)
}
