import { createHash } from 'node:crypto'

/** The name of an immutable value on the network: SHA-1 of its bencoding, 20 bytes (BEP 44). */
export function immutableTarget(encodedValue: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(encodedValue).digest())
}
