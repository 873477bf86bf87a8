import type { SignupLink } from '@pubky/protocol'
import { PublicKey } from '../keys/public-key.ts'
import { RequestLinkBase } from './deep-link-base.ts'
import { parseLink } from './parse.ts'

/** An app asks for an AuthToken of an account that is still to be created. */
export class SignupDeepLink extends RequestLinkBase<SignupLink> {
  /** Throws `InvalidInput`. */
  static parse(url: string): SignupDeepLink {
    return new SignupDeepLink(parseLink(url, 'signup', 'signup'))
  }

  /** 32 bytes that the answer is encrypted with. */
  get secret(): Uint8Array {
    return this.link.secret.slice()
  }

  get homeserver(): PublicKey {
    return new PublicKey(this.link.homeserver)
  }

  get signupToken(): string | undefined {
    return this.link.signupToken
  }
}
