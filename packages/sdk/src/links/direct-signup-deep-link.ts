import type { DirectSignupLink } from '@pubky/protocol'
import { PublicKey } from '../keys/public-key.ts'
import { DeepLinkBase } from './deep-link-base.ts'
import { parseLink } from './parse.ts'

/** Asks a signer app to create an account by itself. */
export class DirectSignupDeepLink extends DeepLinkBase<DirectSignupLink> {
  /** Throws `InvalidInput`. */
  static parse(url: string): DirectSignupDeepLink {
    return new DirectSignupDeepLink(parseLink(url, 'direct_signup', 'direct signup'))
  }

  get homeserver(): PublicKey {
    return new PublicKey(this.link.homeserver)
  }

  get signupToken(): string | undefined {
    return this.link.signupToken
  }
}
