import type { SigninGrantLink } from '@pubky/protocol'
import { GrantLinkBase } from './grant-link-base.ts'
import { parseLink } from './parse.ts'

/** An app asks for a grant of an existing account. */
export class SigninGrantDeepLink extends GrantLinkBase<SigninGrantLink> {
  /** Throws `InvalidInput`. */
  static parse(url: string): SigninGrantDeepLink {
    return new SigninGrantDeepLink(parseLink(url, 'signin_grant', 'signin grant'))
  }
}
