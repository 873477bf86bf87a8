import { createRequire } from 'node:module'
import { type Blake3Hasher, createBlake3 as createPortable, blake3 as portable } from './blake3.browser.ts'

export type { Blake3Hasher }

type Native = typeof import('@napi-rs/blake-hash')

/** The optional native module, looked for at first use; `null` when this machine has none. */
let native: Native | null | undefined

/** BLAKE3, unkeyed, of `length` bytes (32 unless told). */
export function blake3(bytes: Uint8Array, length = 32): Uint8Array {
  const module = loadNative()
  if (!module || length !== 32) return portable(bytes, length)
  // As text: a buffer made by a native module costs more than hashing a small body.
  return new Uint8Array(Buffer.from(module.blake3UrlSafeBase64(bytes), 'base64url'))
}

/** Starts an incremental BLAKE3 on the fastest implementation that loads: native, WebAssembly, JavaScript. */
export async function createBlake3(): Promise<Blake3Hasher> {
  const module = loadNative()
  return module ? nativeHasher(new module.Blake3Hasher()) : ((await createWasm()) ?? createPortable())
}

function nativeHasher(state: InstanceType<Native['Blake3Hasher']>): Blake3Hasher {
  const hasher: Blake3Hasher = {
    update(bytes) {
      state.update(bytes)
      return hasher
    },
    digest: () => new Uint8Array(state.digestBuffer()),
  }
  return hasher
}

async function createWasm(): Promise<Blake3Hasher | undefined> {
  try {
    const { createBLAKE3 } = await import('hash-wasm')
    const state = await createBLAKE3()
    const hasher: Blake3Hasher = {
      update(bytes) {
        state.update(bytes)
        return hasher
      },
      digest: () => state.digest('binary'),
    }
    return hasher
  } catch {
    return undefined
  }
}

function loadNative(): Native | null {
  if (native === undefined) {
    try {
      native = createRequire(import.meta.url)('@napi-rs/blake-hash') as Native
    } catch {
      native = null
    }
  }
  return native
}
