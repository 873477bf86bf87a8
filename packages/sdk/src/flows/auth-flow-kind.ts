import type { PublicKey as CryptoPublicKey } from '@pubky/crypto'
import { invalidInput } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { innerKey, type PublicKey } from '../keys/public-key.ts'

/** Whether a flow is for an existing account or for one that is still to be created. */
export class AuthFlowKind extends Freeable {
  /** Where to create the account; undefined for signing in. @internal */
  readonly signup: { readonly homeserver: CryptoPublicKey; readonly signupToken: string | undefined } | undefined

  /** @internal Use {@link AuthFlowKind.signin} or {@link AuthFlowKind.signup}. */
  constructor(signup: AuthFlowKind['signup']) {
    super()
    this.signup = signup
  }

  /** For users who have an account. */
  static signin(): AuthFlowKind {
    return new AuthFlowKind(undefined)
  }

  /**
   * For users who get an account on this homeserver while they approve.
   * Throws `InvalidInput` for a homeserver given as text.
   * @param signupToken invitation of the homeserver, where it asks for one
   */
  static signup(homeserver: PublicKey, signupToken?: string | null): AuthFlowKind {
    return new AuthFlowKind({ homeserver: innerKey(homeserver), signupToken: signupToken ?? undefined })
  }

  /** `signin` or `signup`. */
  get intent(): string {
    return this.signup === undefined ? 'signin' : 'signup'
  }
}

/** Where to create the account. Throws `InvalidInput` for what is no kind, as plain JavaScript may pass. @internal */
export function signupOf(kind: AuthFlowKind): AuthFlowKind['signup'] {
  if (kind instanceof AuthFlowKind) return kind.signup
  throw invalidInput('expected instance of AuthFlowKind: AuthFlowKind.signin() makes one')
}
