import { base64UrlEncode, sha256, utf8Encode } from '@pubky/crypto'
import { BEARER_LIFETIME, BEARER_REFRESH_SLACK } from '../names.ts'

/** JSON of a bearer session; times are Unix seconds, keys z-base-32 (spec 01 §5.5). */
export interface GrantSessionInfo {
  readonly homeserver: string
  /** The user. */
  readonly pubky: string
  readonly client_id: string
  readonly capabilities: readonly string[]
  readonly grant_id: string
  readonly token_expires_at: number
  readonly grant_expires_at: number
  readonly created_at: number
}

/** JSON answer to a grant exchange. */
export interface GrantSessionResponse {
  /** The bearer, 43 characters. */
  readonly token: string
  readonly session: GrantSessionInfo
}

/** One entry of the list of a user's live grants. */
export interface GrantInfo {
  readonly grant_id: string
  readonly client_id: string
  /** Comma-joined, unlike in {@link GrantSessionInfo}. */
  readonly capabilities: string
  readonly issued_at: number
  readonly expires_at: number
}

const BEARER_LENGTH = 43
const SCHEME = 'Bearer '

/** The text of a bearer of 32 random bytes. */
export function formatBearer(random: Uint8Array): string {
  return base64UrlEncode(random)
}

/** What servers store of a bearer: SHA-256 of its text (spec 01 §5.5). */
export function bearerHash(bearer: string): Uint8Array {
  return sha256(utf8Encode(bearer))
}

/** The bearer of an `Authorization` header: scheme case-sensitive, one space, 43 bytes; else `undefined` (§5.6). */
export function parseBearer(authorization: string): string | undefined {
  const bearer = authorization.slice(SCHEME.length)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  const isBearer = authorization.startsWith(SCHEME) && bearer.length === BEARER_LENGTH && /^[\x00-\x7f]*$/.test(bearer)
  return isBearer ? bearer : undefined
}

/** When a bearer made now ends: after an hour, never beyond its grant. Unix seconds. */
export function bearerExpiry(now: number, grantExpiresAt: number): number {
  return Math.min(now + BEARER_LIFETIME, grantExpiresAt)
}

/**
 * Whether a bearer should be exchanged before the next request (spec 01 §5.8): it has ended, or it ends within the
 * slack and a fresh one could last longer.
 * @param slack seconds; half of it when checking again under a lock
 */
export function isRefreshDue(
  session: Pick<GrantSessionInfo, 'token_expires_at' | 'grant_expires_at'>,
  now: number,
  slack = BEARER_REFRESH_SLACK,
): boolean {
  const end = session.token_expires_at
  return end <= now || (end < session.grant_expires_at && end - slack <= now)
}
