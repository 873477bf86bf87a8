import type { SecretExportLink } from '@pubky/protocol'
import { DeepLinkBase } from './deep-link-base.ts'
import { parseLink } from './parse.ts'

/** Carries a user's seed to a signer app. Never log or store it. */
export class SeedExportDeepLink extends DeepLinkBase<SecretExportLink> {
  /** Throws `InvalidInput`. */
  static parse(url: string): SeedExportDeepLink {
    return new SeedExportDeepLink(parseLink(url, 'secret_export', 'seed export'))
  }

  /** The user's 32-byte seed. */
  get secret(): Uint8Array {
    return this.link.secret.slice()
  }
}
