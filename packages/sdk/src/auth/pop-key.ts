import { type Keypair, type PublicKey, utf8Encode } from '@pubky/crypto'
import { attachSignature } from '@pubky/protocol'

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

/** Completes a compact JWS with the key's signature. */
export async function signJws(key: PopKey, signingInput: string): Promise<string> {
  return attachSignature(signingInput, await key.sign(utf8Encode(signingInput)))
}
