import { base64Decode, PublicKey } from '@pubky/crypto'
import { decodeSessionRecord } from '@pubky/protocol'
import { restoreCookieCredential } from '../auth/receive-cookie-session.ts'
import { GRANT_SECRET_PREFIX, restoreGrantSecret } from '../auth/restore-grant-secret.ts'
import type { Client } from '../client.ts'
import { invalidRequest, messageOf } from '../errors/create.ts'
import { Session } from './session.ts'

/** Restores any exported session text (spec 05 §7.5). */
export async function restoreSession(client: Client, exported: string): Promise<Session> {
  if (exported.startsWith(GRANT_SECRET_PREFIX)) return new Session(client, await restoreGrantSecret(client, exported))
  if (exported.includes(':')) return await restoreCookieSecret(client, exported)
  return await restoreCookieExport(client, exported)
}

/** Restores the public part of a cookie session. */
export async function restoreCookieExport(client: Client, exported: string): Promise<Session> {
  const user = userOfExport(exported)
  return new Session(client, await restoreCookieCredential(client.core, user, undefined))
}

async function restoreCookieSecret(client: Client, text: string): Promise<Session> {
  const colon = text.indexOf(':')
  const secret = text.slice(colon + 1)
  if (secret === '') throw invalidRequest('invalid secret: expected `<pubkey>:<cookie>`')
  const user = keyOf(text.slice(0, colon))
  return new Session(client, await restoreCookieCredential(client.core, user, secret))
}

function userOfExport(exported: string): PublicKey {
  try {
    return decodeSessionRecord(base64Decode(exported)).publicKey
  } catch (cause) {
    throw invalidRequest(`invalid session export: ${messageOf(cause)}`, cause)
  }
}

function keyOf(text: string): PublicKey {
  try {
    return PublicKey.fromZ32(text)
  } catch {
    // No cause: its message could repeat a part of the secret.
    throw invalidRequest('invalid secret: invalid public key')
  }
}
