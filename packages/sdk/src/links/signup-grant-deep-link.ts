import type { SignupGrantLink } from '@pubky/protocol'
import { PublicKey } from '../keys/public-key.ts'
import { GrantLinkBase } from './grant-link-base.ts'
import { parseLink } from './parse.ts'

/** An app asks for a grant of an account that is still to be created. */
export class SignupGrantDeepLink extends GrantLinkBase<SignupGrantLink> {
  /** Throws `InvalidInput`. */
  static parse(url: string): SignupGrantDeepLink {
    return new SignupGrantDeepLink(parseLink(url, 'signup_grant', 'signup grant'))
  }

  get homeserver(): PublicKey {
    return new PublicKey(this.link.homeserver)
  }

  get signupToken(): string | undefined {
    return this.link.signupToken
  }
}
