import { PublicKey, utf8Length } from '@pubky/crypto'
import { type Capabilities, includesRoot, parseCapabilityEntries } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { JsonObject } from '../json.ts'
import { POP_WINDOW, SIGNUP_CLIENT_ID, SIGNUP_GRANT_LIFETIME } from '../names.ts'

/** `typ` of a grant's header. */
export const GRANT_TYPE = 'pubky-grant'

const MAX_CLIENT_ID_BYTES = 253
const ID = /^[A-Za-z0-9_-]{1,22}$/

/** What a user allows one app: the claims of a grant, with their wire names (spec 01 §5.2). Times in Unix seconds. */
export interface GrantClaims {
  /** `iss`, who signs. */
  readonly issuer: PublicKey
  /** `client_id`, 1–253 bytes. */
  readonly clientId: string
  /** `caps`, as signed. */
  readonly capabilities: Capabilities
  /** `cnf`, the app's key that proofs of possession are signed with. */
  readonly clientKey: PublicKey
  /** `jti`, 1–22 characters. Treat it as sensitive in logs. */
  readonly grantId: string
  /** `iat` */
  readonly issuedAt: number
  /** `exp` */
  readonly expiresAt: number
}

/** A grant whose signature and type were verified. */
export interface Grant extends GrantClaims {
  /** The compact JWS, as received. */
  readonly jws: string
}

/**
 * Reads a grant's claims from their JSON text (spec 01 §5.2). Keys must be canonical z-base-32.
 * @throws ProtocolError or CryptoError; callers say which claim-carrying thing was bad
 */
export function parseGrantClaims(json: string): GrantClaims {
  const claims = JsonObject.parse(json)
  const clientId = claims.string('client_id')
  const clientIdBytes = utf8Length(clientId)
  if (clientIdBytes < 1 || clientIdBytes > MAX_CLIENT_ID_BYTES) throw new ProtocolError('json', 'invalid `client_id`')
  return {
    issuer: PublicKey.fromZ32(claims.string('iss')),
    clientId,
    capabilities: parseCapabilityEntries(claims.strings('caps')),
    clientKey: PublicKey.fromZ32(claims.string('cnf')),
    grantId: requireId(claims.string('jti')),
    issuedAt: claims.integer('iat'),
    expiresAt: claims.integer('exp'),
  }
}

/** Refuses a grant that has ended (spec 01 §5.4, G4). @param now Unix seconds @throws ProtocolError `grant-expired` */
export function requireUnexpired(grant: GrantClaims, now: number): void {
  if (grant.expiresAt <= now) throw new ProtocolError('grant-expired', 'Invalid grant: grant has expired')
}

/**
 * Refuses client ids that no session may have: that of sign-up grants, and anything but printable ASCII (spec 01 §5.4,
 * Better).
 * @throws ProtocolError `grant-client-id`
 */
export function requireSessionClientId(grant: GrantClaims): void {
  if (grant.clientId === SIGNUP_CLIENT_ID || !/^[\x20-\x7e]+$/.test(grant.clientId)) {
    throw new ProtocolError('grant-client-id', 'Invalid grant: invalid grant format')
  }
}

/**
 * Checks what a grant needs to create an account, in the official order (spec 01 §5.4, sign-up).
 * @param now Unix seconds
 * @throws ProtocolError `signup-grant-…`
 */
export function requireSignupGrant(grant: GrantClaims, now: number): void {
  if (grant.clientId !== SIGNUP_CLIENT_ID) {
    throw new ProtocolError('signup-grant-client-id', `signup grants must use client_id ${SIGNUP_CLIENT_ID}`)
  }
  if (!includesRoot(grant.capabilities)) {
    throw new ProtocolError('signup-grant-not-root', 'Root capability required')
  }
  if (grant.issuedAt > now + POP_WINDOW) {
    throw new ProtocolError('signup-grant-in-future', 'signup grant iat is too far in the future')
  }
  if (grant.expiresAt - grant.issuedAt > SIGNUP_GRANT_LIFETIME) {
    throw new ProtocolError('signup-grant-lifetime', 'signup grant lifetime exceeds 5 minutes')
  }
}

/** Whether a text has the form of a grant id or nonce: 1–22 characters of `A–Za–z0–9-_`. */
export function isGrantId(text: string): boolean {
  return ID.test(text)
}

/** A text in the form of a grant id or nonce. @throws ProtocolError `json` */
export function requireId(text: string): string {
  if (!isGrantId(text)) throw new ProtocolError('json', 'invalid id')
  return text
}
