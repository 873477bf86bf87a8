import type { Keypair, PublicKey } from '@pubky/crypto'

/** The key an app proves with that a grant is its own. */
export interface PopKey {
  readonly publicKey: PublicKey
  /** Ed25519 signature, 64 bytes. Throws `ClientStateError` when the key cannot be used any more. */
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array>
}

/** A key whose seed this program holds. */
export class LocalPopKey implements PopKey {
  readonly keypair: Keypair

  constructor(keypair: Keypair) {
    this.keypair = keypair
  }

  get publicKey(): PublicKey {
    return this.keypair.publicKey
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return this.keypair.sign(message)
  }
}
