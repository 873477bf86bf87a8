import { ProtocolError, parseStoredCredential } from '@pubky/protocol'
import type { Client } from '../client.ts'
import { ScopedEncryptionKeys } from '../encryption/scoped-encryption-keys.ts'
import { authenticationError, invalidRequest } from '../errors/create.ts'
import { GrantCredential } from './grant-credential.ts'
import { exchangeGrant } from './grant-exchange.ts'
import { LocalPopKey } from './pop-key.ts'
import { nowSeconds } from './time.ts'

/** How every grant secret text starts. */
export const GRANT_SECRET_PREFIX = 'pubky-grant-credential-'

/** Restores a grant session by a fresh exchange. Throws `RequestError` or `AuthenticationError` (spec 05 §7.5). */
export async function restoreGrantSecret(client: Client, text: string): Promise<GrantCredential> {
  const { homeserver, client: keypair, grant, approval } = parseGrantSecret(text)
  const key = new LocalPopKey(keypair)
  const session = await exchangeGrant(client.core, { grant, homeserver, key })
  const delivered = approval && { jws: approval.jws, keys: new ScopedEncryptionKeys(approval.keys) }
  return new GrantCredential({ core: client.core, grant, homeserver, key, approval: delivered, session })
}

function parseGrantSecret(text: string): ReturnType<typeof parseStoredCredential> {
  try {
    return parseStoredCredential(text, nowSeconds())
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw isBadText(cause) ? invalidRequest(cause.message) : authenticationError(cause.message)
  }
}

/** Official software counts an unknown version and unreadable values as bad requests, all else as bad credentials. */
function isBadText(cause: ProtocolError): boolean {
  return cause.code === 'credential-version' || cause.code === 'credential-value'
}
