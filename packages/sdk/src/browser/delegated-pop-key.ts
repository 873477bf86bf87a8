import type { PublicKey } from '@pubky/crypto'
import type { PopKey } from '../auth/pop-key.ts'
import { type DelegatedKey, signDelegated } from './delegated-key.ts'

/** A grant's key inside WebCrypto. */
export class DelegatedPopKey implements PopKey {
  readonly key: DelegatedKey

  constructor(key: DelegatedKey) {
    this.key = key
  }

  get publicKey(): PublicKey {
    return this.key.publicKey
  }

  async sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return await signDelegated(this.key, message)
  }
}
