import { type Keypair, utf8Encode } from '@pubky/crypto'
import { formatCapability } from '../capabilities/capability.ts'
import { GRANT_TYPE, type Grant, type GrantClaims } from './grant.ts'
import { attachSignature, jwsHeader, jwsSigningInput } from './sign-jws.ts'

/** Signs a grant with the user's key. */
export function signGrant(claims: Omit<GrantClaims, 'issuer'>, user: Keypair): Grant {
  const signed: GrantClaims = { ...claims, issuer: user.publicKey }
  const input = jwsSigningInput(jwsHeader(GRANT_TYPE), formatGrantClaims(signed))
  return { ...signed, jws: attachSignature(input, user.sign(utf8Encode(input))) }
}

/** The compact JSON that is signed, members in their official order. */
export function formatGrantClaims(claims: GrantClaims): string {
  return JSON.stringify({
    iss: claims.issuer.z32(),
    client_id: claims.clientId,
    caps: claims.capabilities.map(formatCapability),
    cnf: claims.clientKey.z32(),
    jti: claims.grantId,
    iat: claims.issuedAt,
    exp: claims.expiresAt,
  })
}
