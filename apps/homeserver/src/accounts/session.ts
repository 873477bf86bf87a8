import { isRootCapability, parseCapabilities } from '@pubky/protocol'
import type { BearerRecord, CookieSessionRecord, GrantRecord, UserId } from '../store/store.ts'

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
  /** What the store knows the credential by. */
  readonly credentialHash: Uint8Array
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

/** The session of a stored cookie session. */
export function toCookieSession(record: CookieSessionRecord, credentialHash: Uint8Array): CookieSession {
  const { id, user, userId, capabilities, createdAt, expiresAt } = record
  return { kind: 'cookie', id, user, userId, createdAt, expiresAt, credentialHash, ...permissions(capabilities) }
}

/** The session of a stored bearer. */
export function toGrantSession({ grant, expiresAtSeconds }: BearerRecord, credentialHash: Uint8Array): GrantSession {
  const { user, userId, capabilities } = grant
  return {
    kind: 'grant',
    grant,
    bearerExpiresAtSeconds: expiresAtSeconds,
    user,
    userId,
    credentialHash,
    ...permissions(capabilities),
  }
}

/** Stored texts were written canonical; one that does not parse grants nothing. */
function permissions(text: string): Pick<SessionBase, 'capabilities' | 'scopes' | 'isRoot'> {
  try {
    const capabilities = parseCapabilities(text)
    return {
      capabilities: text,
      scopes: capabilities.map(({ scope, actions }) => ({
        scope,
        read: actions.includes('r'),
        write: actions.includes('w'),
      })),
      isRoot: capabilities.some(isRootCapability),
    }
  } catch {
    return { capabilities: '', scopes: [], isRoot: false }
  }
}
