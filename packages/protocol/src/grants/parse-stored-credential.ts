import { base64UrlDecode, CryptoError, Keypair, parseKeyAddress } from '@pubky/crypto'
import { type SignedApproval, verifyApproval } from '../approvals/signed-approval.ts'
import { ProtocolError } from '../errors.ts'
import { decodeGrant } from './decode-grant.ts'
import { PREFIX_V1, PREFIX_V2, type StoredCredential } from './stored-credential.ts'

/**
 * Reads a kept text and checks that its parts belong together, in the official order (spec 01 §5.8). Unlike official
 * readers it refuses a colon in the grant.
 * @param now Unix seconds
 * @throws ProtocolError `credential-…`, `approval-…`, `grant-format`
 */
export function parseStoredCredential(text: string, now: number): StoredCredential {
  const { homeserver, secret, grantJws, approvalJws } = fieldsOf(text)
  const homeserverKey = attempt('invalid stored grant credential homeserver public key', () =>
    parseKeyAddress(homeserver),
  )
  const seed = attempt('invalid stored grant credential client secret', () => base64UrlDecode(secret))
  if (seed.length !== 32) {
    throw new ProtocolError('credential-value', 'stored grant credential client secret must be 32 bytes')
  }
  const approval = approvalJws === undefined ? undefined : requireApprovalOf(grantJws, approvalJws)
  const grant = decodeGrant(grantJws)
  if (grant.expiresAt <= now) {
    throw new ProtocolError('credential-expired', 'stored grant credential has expired')
  }
  const client = Keypair.fromSecret(seed)
  if (!client.publicKey.equals(grant.clientKey)) {
    throw new ProtocolError('credential-mismatch', 'stored grant credential client key does not match the grant cnf')
  }
  return { homeserver: homeserverKey, client, grant, ...(approval && { approval }) }
}

/**
 * Verifies an approval kept beside its grant, so that content keys can be recovered offline, also after the grant has
 * ended (spec 01 §15.5). The caller compares issuer and grant id with the ones it expects.
 * @throws ProtocolError `approval-…`, `credential-mismatch`
 */
export function requireApprovalOf(grantJws: string, approvalJws: string): SignedApproval {
  const approval = verifyApproval(approvalJws)
  if (approval.grant.jws !== grantJws) {
    throw new ProtocolError('credential-mismatch', 'stored approval does not match the stored grant')
  }
  return approval
}

function fieldsOf(text: string): { homeserver: string; secret: string; grantJws: string; approvalJws?: string } {
  const [prefix, homeserver, secret, grantJws, approvalJws, ...rest] = text.split(':')
  if (prefix !== PREFIX_V1 && prefix !== PREFIX_V2) {
    throw new ProtocolError('credential-version', 'unsupported grant credential token version')
  }
  const isComplete = homeserver && secret && grantJws && rest.length === 0
  const hasRightEnd = prefix === PREFIX_V2 ? approvalJws : approvalJws === undefined
  if (!isComplete || !hasRightEnd) {
    throw new ProtocolError(
      'credential-format',
      'invalid stored grant credential: expected `pubky-grant-credential-v1:<homeserver>:<client_secret>:<grant_jws>`',
    )
  }
  return { homeserver, secret, grantJws, ...(approvalJws === undefined ? {} : { approvalJws }) }
}

function attempt<T>(message: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    // No cause: it could quote the secret.
    if (error instanceof CryptoError) throw new ProtocolError('credential-value', message)
    throw error
  }
}
