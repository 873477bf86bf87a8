import type { PublicKey } from '@pubky/crypto'
import type { Credential } from '../http/credential.ts'
import type { CookieCredential } from './cookie-credential.ts'
import type { GrantCredential } from './grant-credential.ts'

/** What both kinds of session have in common. */
export interface BoundCredential extends Credential {
  readonly user: PublicKey
  /** As granted, one text per entry. */
  readonly capabilities: readonly string[]
  /** The homeserver this credential was issued by, once that is certain (spec 05 §7.6). */
  readonly homeserver: PublicKey | undefined
  /** Ends the session on the server. */
  signout(signal: AbortSignal | undefined): Promise<void>
}

/** A session's credential. */
export type SessionCredential = CookieCredential | GrantCredential
