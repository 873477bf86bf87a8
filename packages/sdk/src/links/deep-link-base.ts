import {
  type DeepLink,
  formatCapabilities,
  formatDeepLink,
  type SigninGrantLink,
  type SigninLink,
  type SignupGrantLink,
  type SignupLink,
} from '@pubky/protocol'
import { Freeable } from '../freeable.ts'
import type { XCallbackParams } from '../types.ts'
import { toXCallback } from './x-callback.ts'

/** What all deep links have (spec 05 §2.15). */
export abstract class DeepLinkBase<L extends DeepLink> extends Freeable {
  // Private, so that printing a link does not show the secret in it.
  readonly #link: L

  /** @internal Use the static `parse` of the class. */
  constructor(link: L) {
    super()
    this.#link = link
  }

  protected get link(): L {
    return this.#link
  }

  /** URLs the signer app may open when it is done; they are untrusted. */
  get xCallback(): XCallbackParams {
    return toXCallback(this.link.callbacks)
  }

  /** The link as a URL, scheme kept. */
  override toString(): string {
    return formatDeepLink(this.link)
  }
}

/** A deep link that asks for something and says where the answer goes. */
export abstract class RequestLinkBase<
  L extends SigninLink | SignupLink | SigninGrantLink | SignupGrantLink,
> extends DeepLinkBase<L> {
  /** Comma-separated list, maybe empty. */
  get capabilities(): string {
    return formatCapabilities(this.link.capabilities)
  }

  /** URL of the HTTP relay, without channel id. */
  get baseRelayUrl(): string {
    return this.link.relay
  }
}
