import type { SigninGrantLink, SignupGrantLink } from '@pubky/protocol'
import { PublicKey } from '../keys/public-key.ts'
import { RequestLinkBase } from './deep-link-base.ts'

/** What both grant links have. */
export abstract class GrantLinkBase<L extends SigninGrantLink | SignupGrantLink> extends RequestLinkBase<L> {
  get clientId(): string {
    return this.link.clientId
  }

  /** The key the grant will be bound to. */
  get clientPublicKey(): PublicKey {
    return new PublicKey(this.link.clientKey)
  }

  /** 32 bytes that the answer is encrypted with; undefined when it is sealed to {@link ephemeralPublicKey}. */
  get secret(): Uint8Array | undefined {
    const { channel } = this.link
    return channel.kind === 'secret' ? channel.secret.slice() : undefined
  }

  /** The app's X25519 key for this flow, 32 bytes. */
  get ephemeralPublicKey(): Uint8Array | undefined {
    const { channel } = this.link
    return channel.kind === 'hpke' ? channel.publicKey.slice() : undefined
  }

  /** `v1`: the answer is a signed approval, which can carry content keys. */
  get approvalFormat(): 'bare' | 'v1' {
    return this.link.approvalFormat
  }
}
