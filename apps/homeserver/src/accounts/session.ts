import type { GrantRecord, UserId } from '../store/store.ts'

/** One scope a session may use, split for fast checks. */
export interface GrantedScope {
  /** Absolute path; with a trailing `/` it covers everything below, else only itself. */
  readonly scope: string
  readonly read: boolean
  readonly write: boolean
}

/** Who is behind a request: a signed-in browser (cookie) or an authorised app (bearer of a grant). */
export type Session = CookieSession | GrantSession

interface SessionBase {
  /** z32 of the owner. */
  readonly user: string
  readonly userId: UserId
  /** Canonical capability text, comma-separated. */
  readonly capabilities: string
  readonly scopes: readonly GrantedScope[]
  /** Read and write on `/` in one entry. */
  readonly isRoot: boolean
}

/** Session opened with an AuthToken; lives until sign-out. */
export interface CookieSession extends SessionBase {
  readonly kind: 'cookie'
  readonly id: number
  /** Microseconds since the epoch. */
  readonly createdAt: number
  /** Microseconds since the epoch. */
  readonly expiresAt: number
}

/** Session of a bearer minted from a grant. */
export interface GrantSession extends SessionBase {
  readonly kind: 'grant'
  readonly grant: GrantRecord
  /** Whole seconds since the epoch. */
  readonly bearerExpiresAtSeconds: number
}
