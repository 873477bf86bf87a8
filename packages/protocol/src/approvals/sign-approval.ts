import { type Keypair, utf8Encode } from '@pubky/crypto'
import { ContentKeyBundle } from '../content-keys/bundle.ts'
import type { Grant } from '../grants/grant.ts'
import { attachSignature, jwsHeader, jwsSigningInput } from '../grants/sign-jws.ts'
import { APPROVAL_TYPE, APPROVAL_VERSION } from './signed-approval.ts'

/** Wraps a grant and the content keys it approves into one signed envelope (spec 01 §16.1). Returns the compact JWS. */
export function signApproval(grant: Grant, user: Keypair): string {
  const keys = ContentKeyBundle.issue(user.secret(), grant.capabilities)
  const payload = `{"version":"${APPROVAL_VERSION}","grant":${JSON.stringify(grant.jws)},"encryption_keys":${keys.toJsonText()}}`
  const input = jwsSigningInput(jwsHeader(APPROVAL_TYPE), payload)
  return attachSignature(input, user.sign(utf8Encode(input)))
}
