import type { SigninLink } from '@pubky/protocol'
import { RequestLinkBase } from './deep-link-base.ts'
import { parseLink } from './parse.ts'

/** An app asks for an AuthToken of an existing account. */
export class SigninDeepLink extends RequestLinkBase<SigninLink> {
  /** Throws `InvalidInput`. */
  static parse(url: string): SigninDeepLink {
    return new SigninDeepLink(parseLink(url, 'signin', 'signin'))
  }

  /** 32 bytes that the answer is encrypted with. */
  get secret(): Uint8Array {
    return this.link.secret.slice()
  }
}
