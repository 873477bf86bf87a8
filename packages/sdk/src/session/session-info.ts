import type { BoundCredential } from '../auth/session-credential.ts'
import { Freeable } from '../freeable.ts'
import { PublicKey } from '../keys/public-key.ts'

/** Who a session is and what it may do; stays readable after sign-out. */
export class SessionInfo extends Freeable {
  readonly #publicKey: PublicKey
  readonly #capabilities: readonly string[]

  /** @internal */
  constructor(credential: BoundCredential) {
    super()
    this.#publicKey = new PublicKey(credential.user)
    this.#capabilities = credential.capabilities
  }

  /** The user. */
  get publicKey(): PublicKey {
    return this.#publicKey
  }

  /** What was really approved, one text per entry; it may be less than what was asked for. */
  get capabilities(): string[] {
    return [...this.#capabilities]
  }
}
