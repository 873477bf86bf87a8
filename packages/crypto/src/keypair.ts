import { createSigner } from '#ed25519'
import { CryptoError } from './errors.ts'
import { PublicKey } from './public-key.ts'
import { randomBytes } from './random.ts'

/** An Ed25519 secret key (a 32-byte RFC 8032 seed) and its public key. */
export class Keypair {
  readonly publicKey: PublicKey
  readonly #secret: Uint8Array
  readonly #signer: ReturnType<typeof createSigner>

  private constructor(secret: Uint8Array) {
    this.#secret = secret
    this.#signer = createSigner(secret)
    this.publicKey = PublicKey.fromBytes(this.#signer.publicKey)
  }

  /** A fresh keypair from the platform's random generator. */
  static random(): Keypair {
    return new Keypair(randomBytes(32))
  }

  /** The keypair of a 32-byte seed, which is copied. @throws CryptoError `invalid-length` */
  static fromSecret(secret: Uint8Array): Keypair {
    if (secret.length !== 32) {
      throw new CryptoError('invalid-length', `Invalid secret key length, expected 32 bytes but got: ${secret.length}`)
    }
    return new Keypair(new Uint8Array(secret))
  }

  /** A copy of the 32-byte seed. Whoever has it is this user. */
  secret(): Uint8Array {
    return new Uint8Array(this.#secret)
  }

  /** Deterministic Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array {
    return this.#signer.sign(message)
  }
}
