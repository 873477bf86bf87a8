import type { PublicKey } from '@pubky/crypto'
import type { ProtocolErrorCode } from '../errors.ts'
import { ProtocolError } from '../errors.ts'
import { GRANT_TYPE, type Grant, parseGrantClaims, requireId } from '../grants/grant.ts'
import { type CompactJws, decodeJwsPart, verifyJwsSignature } from '../grants/jws.ts'
import { parseStrictJwsHeader } from '../grants/jws-header.ts'
import { JsonObject } from '../json.ts'
import { CUSTOM_PROOF_SKEW } from '../names.ts'

/** `typ` of a custom proof's header. */
export const CUSTOM_PROOF_TYPE = 'pubky-custom-pop-v1'

const MAX_HEADER_LENGTH = 512
const SIGNATURE_LENGTH = 86

/** What an app shows a third party: a grant, and data signed with the key of the grant (spec 01 §17). */
export interface CustomProofCredential {
  /** Compact JWS. */
  readonly grant: string
  /** Compact JWS. */
  readonly pop: string
}

/** The claims of a proof. Times in Unix seconds. */
export interface CustomProofClaims {
  readonly grantId: string
  readonly issuedAt: number
  /** Fresh for each proof, 1–22 characters. */
  readonly nonce: string
  /** Any JSON. */
  readonly data: unknown
}

/** What a verified proof says. */
export interface CustomProof extends Omit<CustomProofClaims, 'grantId'> {
  /** The user who gave the grant. */
  readonly identity: PublicKey
  readonly grant: Grant
}

/** How strictly a proof is judged. */
export interface CustomProofRules {
  /** Unix seconds. */
  readonly now: number
  /** Clock difference forgiven, seconds; 30 unless told. Never prolongs a grant. */
  readonly skew?: number
  /** Oldest proof accepted, seconds; any age unless told (ours, not official). */
  readonly maxAge?: number
  /** Demands that `data` is an object whose `audience` is this text (ours, not official). */
  readonly audience?: string
  /**
   * Remembers a nonce of a grant until a time in Unix seconds, and tells whether it was new; any repetition is accepted
   * unless given (ours, not official).
   */
  readonly remember?: (grantId: string, nonce: string, until: number) => boolean
}

/**
 * Verifies a proof offline, in the official order (spec 01 §17). It does not tell whether the grant was revoked.
 * @throws ProtocolError `proof-…`
 */
export function verifyCustomProof(credential: CustomProofCredential, rules: CustomProofRules): CustomProof {
  const { now, skew = CUSTOM_PROOF_SKEW } = rules
  const grant = verifiedGrant(credential.grant)
  const proof = verifiedProof(credential.pop, grant.clientKey)
  const refuseIf = (refused: boolean, code: ProtocolErrorCode, message: string): void => {
    if (refused) throw new ProtocolError(code, message)
  }
  refuseIf(proof.grantId !== grant.grantId, 'proof-grant-mismatch', 'Proof grant ID does not match the supplied grant')
  refuseIf(grant.issuedAt >= grant.expiresAt, 'proof-grant-validity', 'Invalid grant validity period')
  refuseIf(now >= grant.expiresAt, 'proof-grant-expired', 'Grant has expired')
  refuseIf(grant.issuedAt > now + skew, 'proof-grant-not-yet-valid', 'Grant is not yet valid')
  refuseIf(proof.issuedAt > now + skew, 'proof-not-yet-valid', 'Proof is not yet valid')
  refuseIf(
    grant.issuedAt > proof.issuedAt + skew || proof.issuedAt >= grant.expiresAt,
    'proof-outside-grant',
    'Proof was issued outside the grant validity period',
  )
  const { maxAge, audience, remember } = rules
  refuseIf(maxAge !== undefined && proof.issuedAt + maxAge + skew < now, 'proof-too-old', 'Proof is too old')
  refuseIf(
    audience !== undefined && audienceOf(proof.data) !== audience,
    'proof-audience',
    'Proof is meant for another audience',
  )
  refuseIf(
    remember !== undefined && !remember(grant.grantId, proof.nonce, grant.expiresAt),
    'proof-replayed',
    'Proof was used before',
  )
  const { issuedAt, nonce, data } = proof
  return { identity: grant.issuer, grant, issuedAt, nonce, data }
}

function verifiedGrant(jws: string): Grant {
  const parts = split(jws)
  requireHeader(parts, GRANT_TYPE)
  const claims = attempt(() => parseGrantClaims(decodeJwsPart(parts.payload)))
  const isSmallOrder = claims.issuer.isSmallOrder() || claims.clientKey.isSmallOrder()
  if (isSmallOrder || !verifyJwsSignature(parts, claims.issuer)) {
    throw new ProtocolError('proof-grant-signature', 'Invalid grant signature')
  }
  return { ...claims, jws }
}

function verifiedProof(jws: string, key: PublicKey): CustomProofClaims {
  const parts = split(jws)
  requireHeader(parts, CUSTOM_PROOF_TYPE)
  const payload = attempt(() => decodeJwsPart(parts.payload))
  if (!verifyJwsSignature(parts, key)) throw new ProtocolError('proof-signature', 'Invalid proof signature')
  return attempt(() => {
    const claims = JsonObject.parse(payload)
    claims.requireOnly('gid', 'iat', 'nonce', 'data')
    return {
      grantId: requireId(claims.string('gid')),
      issuedAt: claims.integer('iat'),
      nonce: requireId(claims.string('nonce')),
      data: claims.value('data'),
    }
  })
}

function split(jws: string): CompactJws {
  const [header, payload, signature, ...rest] = jws.split('.', 4)
  if (!header || header.length > MAX_HEADER_LENGTH || !payload || rest.length > 0) throw malformed()
  if (signature?.length !== SIGNATURE_LENGTH) throw malformed()
  return { header, payload, signature }
}

function requireHeader({ header }: CompactJws, type: string): void {
  const text = attempt(() => decodeJwsPart(header))
  const { alg, typ } = attempt(() => parseStrictJwsHeader(text), unsupportedHeader)
  if (alg !== 'EdDSA' || typ !== type) throw unsupportedHeader()
}

function audienceOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'audience' in data ? data.audience : undefined
}

function attempt<T>(parse: () => T, failure: (cause: unknown) => ProtocolError = malformed): T {
  try {
    return parse()
  } catch (cause) {
    throw failure(cause)
  }
}

function malformed(cause?: unknown): ProtocolError {
  return new ProtocolError('proof-malformed', 'Malformed custom proof credentials', { cause })
}

function unsupportedHeader(cause?: unknown): ProtocolError {
  return new ProtocolError('proof-header', 'Unsupported JWS header', { cause })
}
