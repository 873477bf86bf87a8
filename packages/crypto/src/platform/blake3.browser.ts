import { Blake3State, hashWhole } from '../portable/blake3.ts'

/** BLAKE3 of a body that arrives in pieces. */
export interface Blake3Hasher {
  update(bytes: Uint8Array): Blake3Hasher
  /** 32 bytes. Ends the hasher: neither method may be called again. */
  digest(): Uint8Array
}

/** BLAKE3, unkeyed, of `length` bytes (32 unless told). */
export function blake3(bytes: Uint8Array, length = 32): Uint8Array {
  return hashWhole(bytes, length)
}

/** Starts an incremental BLAKE3. */
export async function createBlake3(): Promise<Blake3Hasher> {
  const state = new Blake3State()
  const hasher: Blake3Hasher = {
    update(bytes) {
      state.update(bytes)
      return hasher
    },
    digest: () => state.digest(32),
  }
  return hasher
}
