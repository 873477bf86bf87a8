import { createRequire } from 'node:module'
import { type Argon2Cost, argon2id as portable } from '../portable/argon2id.ts'

/** Argon2id v0x13 with one lane: the native module when it is installed, else portable code with the same result. */
export function argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array {
  const native = loadNative()
  if (!native) return portable(password, salt, cost, length)
  const key = native.hashRawSync(password, {
    // The package exports these as const enums, which sources stripped of types cannot read.
    algorithm: 2,
    version: 1,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: 1,
    outputLen: length,
    salt,
  })
  return new Uint8Array(key)
}

function loadNative(): typeof import('@node-rs/argon2') | undefined {
  try {
    return createRequire(import.meta.url)('@node-rs/argon2')
  } catch {
    return undefined
  }
}
