import type { PublicKey } from '@pubky/crypto'
import type { Keyring } from '../blobs/keyring.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { Store, UserRecord } from '../store/store.ts'
import type { SignupTokens } from './signup-tokens.ts'

/** Creates accounts by the sign-up policy, for both sign-up flows (spec 02 §9.4, §9.8). */
export class Registration {
  readonly #store: Store
  readonly #keyring: Keyring | undefined
  readonly #tokens: SignupTokens
  readonly #clock: Clock

  /** @param components.keyring undefined when bodies are not sealed */
  constructor(components: {
    readonly store: Store
    readonly keyring: Keyring | undefined
    readonly signupTokens: SignupTokens
    readonly clock: Clock
  }) {
    this.#store = components.store
    this.#keyring = components.keyring
    this.#tokens = components.signupTokens
    this.#clock = components.clock
  }

  /**
   * Creates the account, redeeming the token where one is required.
   * @param lookup of {@link SignupTokens.lookupFor}
   * @throws HomeserverError `user-exists`, `signup-token-required`, `signup-token-invalid`, `signup-token-used`
   */
  async register(publicKey: PublicKey, lookup: Uint8Array | undefined): Promise<UserRecord> {
    const z32 = publicKey.z32()
    if (this.#tokens.required && lookup === undefined) {
      if ((await this.#store.findUser(z32)) !== undefined) throw userExists()
      throw new HomeserverError('signup-token-required', 'Token required')
    }
    const created = await this.#store.createUser({
      publicKey: z32,
      key: this.#keyring?.createUserKey(publicKey.bytes),
      tokenLookup: lookup,
      now: this.#clock(),
    })
    switch (created.outcome) {
      case 'created':
        return created.user
      case 'user-exists':
        throw userExists()
      case 'token-unknown':
        throw new HomeserverError('signup-token-invalid', 'Invalid token')
      case 'token-used':
        throw new HomeserverError('signup-token-used', 'Token already used')
    }
  }
}

function userExists(): HomeserverError {
  return new HomeserverError('user-exists', 'User already exists')
}
