import { base64UrlEncode, type Keypair, type PublicKey } from '@pubky/crypto'
import type { SignedApproval } from '../approvals/signed-approval.ts'
import type { Grant } from './grant.ts'

/** First field of the two versions: without and with an approval. */
export const PREFIX_V1 = 'pubky-grant-credential-v1'
export const PREFIX_V2 = 'pubky-grant-credential-v2'

/** What an app keeps to sign in again without its user (spec 01 §5.8). Its text contains secrets. */
export interface StoredCredential {
  readonly homeserver: PublicKey
  readonly client: Keypair
  readonly grant: Grant
  /** Present when the grant came in a signed approval, with or without content keys. */
  readonly approval?: SignedApproval
}

/** The text to keep: version 2 with an approval, else version 1. */
export function formatStoredCredential({ homeserver, client, grant, approval }: StoredCredential): string {
  const fields = [homeserver.z32(), base64UrlEncode(client.secret()), grant.jws]
  return approval ? [PREFIX_V2, ...fields, approval.jws].join(':') : [PREFIX_V1, ...fields].join(':')
}
