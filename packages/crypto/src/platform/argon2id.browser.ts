import { argon2id as noble } from '@noble/hashes/argon2.js'

/** Memory in KiB, passes, lanes: the parameters of Argon2id v0x13. */
export interface Argon2Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

/** Argon2id v0x13. */
export function argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array {
  return noble(password, salt, { t: cost.passes, m: cost.memoryKib, p: cost.lanes, dkLen: length })
}
