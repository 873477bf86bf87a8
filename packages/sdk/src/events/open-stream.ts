import type { PublicKey } from '@pubky/crypto'
import { normalizeStoragePath, ProtocolError } from '@pubky/protocol'
import { requireHomeserver } from '../auth/grant-signin.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import type { Client } from '../client.ts'
import { invalidRequest } from '../errors/create.ts'
import type { StreamRequest } from './stream-request.ts'

/** Opens a stream. Throws `RequestError` unless the server answers with one. */
export async function openStream(client: Client, request: StreamRequest): Promise<Response> {
  const [firstUser] = request.users.values()
  if (firstUser === undefined) throw invalidRequest('At least one user must be specified')
  const homeserver = request.homeserver ?? (await requireHomeserver(client, firstUser.key))
  const credential = credentialFor(request, homeserver)
  return await client.core.sendExpectingSuccess({
    method: 'GET',
    url: `https://${homeserver.z32()}/events-stream?${streamQuery(request)}`,
    headers: { accept: 'text/event-stream' },
    credential,
    ...(credential === undefined && { credentials: 'omit' as const }),
    signal: request.signal,
    retry: true,
  })
}

/** Parameters in the official order. */
function streamQuery({ users, limit, live, reverse, paths }: StreamRequest): string {
  const query = new URLSearchParams()
  for (const [user, { cursor }] of users) query.append('user', cursor === null ? user : `${user}:${cursor}`)
  if (limit !== undefined) query.append('limit', String(limit))
  if (live) query.append('live', 'true')
  if (reverse) query.append('reverse', 'true')
  for (const path of paths) query.append('path', path)
  return query.toString()
}

/** A credential is shown only for the session user's own private events, and only to the server that issued it. */
function credentialFor({ session, users, paths }: StreamRequest, homeserver: PublicKey): SessionCredential | undefined {
  if (session === undefined || users.size !== 1 || !users.has(session.user.z32()) || !paths.some(isPrivate)) {
    return undefined
  }
  if (session.homeserver === undefined || !session.homeserver.equals(homeserver)) {
    throw invalidRequest('cannot attach session credential to target homeserver')
  }
  return session
}

function isPrivate(path: string): boolean {
  try {
    return normalizeStoragePath(path.startsWith('/') ? path : `/${path}`).startsWith('/priv/')
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}
