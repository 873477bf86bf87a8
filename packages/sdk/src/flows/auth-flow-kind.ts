import { Freeable } from '../freeable.ts'
import type { PublicKey } from '../keys/public-key.ts'

/** Whether a flow is for an existing account or for one that is still to be created. */
export class AuthFlowKind extends Freeable {
  /** Where to create the account; undefined for signing in. @internal */
  readonly signup: { readonly homeserver: PublicKey; readonly signupToken: string | undefined } | undefined

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
   * @param signupToken invitation of the homeserver, where it asks for one
   */
  static signup(homeserver: PublicKey, signupToken?: string | null): AuthFlowKind {
    return new AuthFlowKind({ homeserver, signupToken: signupToken ?? undefined })
  }

  /** `signin` or `signup`. */
  get intent(): string {
    return this.signup === undefined ? 'signin' : 'signup'
  }
}
