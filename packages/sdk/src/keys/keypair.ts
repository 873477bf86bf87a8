import { Keypair as CryptoKeypair, createRecoveryFile, decryptRecoveryFile } from '@pubky/crypto'
import { clientStateError } from '../errors/client-state.ts'
import { invalidInput, messageOf } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { PublicKey } from './public-key.ts'

/** A user's secret: a 32-byte Ed25519 seed and its public key (spec 05 §2.7). */
export class Keypair extends Freeable {
  /** @internal */
  readonly inner: CryptoKeypair
  readonly #publicKey: PublicKey

  /** @internal Use {@link Keypair.random} or {@link Keypair.fromSecret}. */
  constructor(inner: CryptoKeypair) {
    super()
    this.inner = inner
    this.#publicKey = new PublicKey(inner.publicKey)
  }

  /** A fresh keypair from the platform's random generator. */
  static random(): Keypair {
    return new Keypair(CryptoKeypair.random())
  }

  /** The keypair of a 32-byte seed, which is copied. Throws `InvalidInput` for any other length. */
  static fromSecret(secret: Uint8Array): Keypair {
    // Arrays of numbers pass, as in the official SDK; texts and numbers, of which zeros would be made, do not.
    const bytes = typeof secret === 'object' ? new Uint8Array(secret) : new Uint8Array()
    if (bytes.length !== 32) throw invalidInput(`Expected secret to be 32 bytes, got ${bytes.length}`)
    return new Keypair(CryptoKeypair.fromSecret(bytes))
  }

  /** Decrypts a recovery file. Throws `ClientStateError` for a damaged file or a wrong passphrase. */
  static fromRecoveryFile(recoveryFile: Uint8Array, passphrase: string): Keypair {
    try {
      return new Keypair(decryptRecoveryFile(new Uint8Array(recoveryFile), passphrase))
    } catch (cause) {
      throw clientStateError(messageOf(cause), cause)
    }
  }

  /** A copy of the 32-byte seed. Whoever has it is this user. */
  secret(): Uint8Array {
    return this.inner.secret()
  }

  /** Encrypts the seed under a passphrase: 91 bytes to keep in a file. Takes up to a second in browsers. */
  createRecoveryFile(passphrase: string): Uint8Array {
    try {
      return createRecoveryFile(this.inner, passphrase)
    } catch (cause) {
      throw clientStateError(messageOf(cause), cause)
    }
  }

  get publicKey(): PublicKey {
    return this.#publicKey
  }
}
