import { type Keypair, utf8Encode } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import type { Grant } from '../grants/grant.ts'
import { attachSignature, jwsHeader, jwsSigningInput } from '../grants/sign-jws.ts'
import { CUSTOM_PROOF_TYPE, type CustomProofClaims, type CustomProofCredential } from './custom-proof.ts'
import { sortedJson } from './sorted-json.ts'

/** The text an app signs with its client key; `attachSignature` makes the JWS of it. */
export function customProofSigningInput(claims: CustomProofClaims): string {
  const payload = `{"gid":${JSON.stringify(claims.grantId)},"iat":${claims.issuedAt},"nonce":${JSON.stringify(claims.nonce)},"data":${sortedJson(claims.data)}}`
  return jwsSigningInput(jwsHeader(CUSTOM_PROOF_TYPE), payload)
}

/**
 * Signs a proof after the checks of official software (spec 01 §17).
 * @param now Unix seconds
 * @throws ProtocolError `proof-grant-expired`, `proof-grant-validity`, `proof-grant-mismatch`
 */
export function createCustomProof(
  grant: Grant,
  client: Keypair,
  claims: { readonly data: unknown; readonly nonce: string; readonly now: number },
): CustomProofCredential {
  if (grant.expiresAt <= claims.now) throw new ProtocolError('proof-grant-expired', 'Grant has expired')
  if (grant.issuedAt >= grant.expiresAt) {
    throw new ProtocolError('proof-grant-validity', 'Invalid grant: invalid validity period')
  }
  if (!client.publicKey.equals(grant.clientKey)) {
    throw new ProtocolError('proof-grant-mismatch', 'Invalid grant: signing key does not match the grant cnf')
  }
  const { data, nonce, now } = claims
  const input = customProofSigningInput({ grantId: grant.grantId, issuedAt: now, nonce, data })
  return { grant: grant.jws, pop: attachSignature(input, client.sign(utf8Encode(input))) }
}
