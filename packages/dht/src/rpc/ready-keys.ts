import { CryptoError, PublicKey } from '@pubky/crypto'
import { MAX_READY_KEYS } from '../constants.ts'
import { Lru } from '../lru.ts'
import { idKey } from '../node-id.ts'

/** Public keys made ready for signature checks, which costs more than a check. Several nodes of a process can share one. */
export class ReadyKeys {
  readonly #keys = new Lru<string, PublicKey>(MAX_READY_KEYS)

  /** The key of 32 bytes; `undefined` when they are no point of the curve, or a key that anybody can sign for. */
  get(bytes: Uint8Array): PublicKey | undefined {
    const name = idKey(bytes)
    const ready = this.#keys.get(name)
    if (ready) return ready
    try {
      const key = PublicKey.fromBytes(bytes)
      if (key.isSmallOrder()) return undefined
      this.#keys.set(name, key)
      return key
    } catch (error) {
      if (error instanceof CryptoError) return undefined
      throw error
    }
  }
}
