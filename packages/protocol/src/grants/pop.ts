import { PublicKey } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import { JsonObject } from '../json.ts'
import { POP_WINDOW } from '../names.ts'
import { requireId } from './grant.ts'
import { type CompactJws, decodeJwsPart, verifyJwsSignature } from './jws.ts'
import { parseJwsHeader } from './lenient-jws-header.ts'
import { jwsHeader, jwsSigningInput } from './sign-jws.ts'
import { splitJws } from './split-jws.ts'

/** `typ` of a proof's header. */
export const POP_TYPE = 'pubky-pop'

/** Proof that an app holds the key its grant names (spec 01 §5.3). */
export interface PopClaims {
  /** `aud`, the homeserver it is meant for. */
  readonly audience: PublicKey
  /** `gid`, the `jti` of the grant. */
  readonly grantId: string
  /** Fresh for each proof, 1–22 characters. */
  readonly nonce: string
  /** `iat`, Unix seconds. */
  readonly issuedAt: number
}

/** What a proof must match. */
export interface PopExpectation {
  /** `cnf` of the grant. */
  readonly clientKey: PublicKey
  readonly audience: PublicKey
  readonly grantId: string
  /** Unix seconds. */
  readonly now: number
}

/**
 * The text an app signs with its client key, synchronously or by WebCrypto; `attachSignature` makes the JWS of it.
 */
export function popSigningInput(claims: PopClaims): string {
  const payload = JSON.stringify({
    aud: claims.audience.z32(),
    gid: claims.grantId,
    nonce: claims.nonce,
    iat: claims.issuedAt,
  })
  return jwsSigningInput(jwsHeader(POP_TYPE), payload)
}

/**
 * Verifies a proof in the official order (spec 01 §5.4, P1–P5). The caller still refuses a nonce it has seen.
 * @throws ProtocolError `jws-parts`, `pop-signature`, `pop-type`, `pop-audience`, `pop-grant-id`, `pop-time`
 */
export function verifyPop(jws: string, expected: PopExpectation): PopClaims {
  const parts = splitJws(jws)
  const proof = readSigned(parts, expected.clientKey)
  if (!proof) throw new ProtocolError('pop-signature', 'Invalid PoP proof: invalid PoP signature')
  const { claims, type } = proof
  if (type !== POP_TYPE) {
    throw new ProtocolError('pop-type', `Invalid PoP proof: invalid PoP header type, expected ${POP_TYPE}`)
  }
  if (!claims.audience.equals(expected.audience)) {
    throw new ProtocolError('pop-audience', 'Invalid PoP proof: PoP audience mismatch')
  }
  if (claims.grantId !== expected.grantId) {
    throw new ProtocolError('pop-grant-id', 'Invalid PoP proof: PoP grant ID mismatch')
  }
  if (Math.abs(expected.now - claims.issuedAt) > POP_WINDOW) {
    throw new ProtocolError('pop-time', 'Invalid PoP proof: PoP timestamp out of range')
  }
  return claims
}

function readSigned(
  parts: CompactJws,
  key: PublicKey,
): { readonly claims: PopClaims; readonly type: string | undefined } | undefined {
  try {
    const { alg, typ } = parseJwsHeader(parts.header)
    if (alg !== 'EdDSA' || !verifyJwsSignature(parts, key)) return undefined
    return { claims: parsePopClaims(decodeJwsPart(parts.payload)), type: typ }
  } catch {
    return undefined
  }
}

function parsePopClaims(json: string): PopClaims {
  const claims = JsonObject.parse(json)
  return {
    audience: PublicKey.fromZ32(claims.string('aud')),
    grantId: requireId(claims.string('gid')),
    nonce: requireId(claims.string('nonce')),
    issuedAt: claims.integer('iat'),
  }
}
