import type { PublicKey } from '@pubky/crypto'
import { normalizeStoragePath, ProtocolError } from '@pubky/protocol'
import { requireHomeserver } from '../auth/grant-signin.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import type { Client } from '../client.ts'
import { invalidRequest } from '../errors/create.ts'

/** Most users of one stream. */
export const MAX_STREAM_USERS = 50

/** Which events are asked for. */
export interface StreamRequest {
  /** Undefined means the first user's. */
  readonly homeserver: PublicKey | undefined
  /** z-base-32 key of each user and the cursor to start after. */
  readonly users: ReadonlyMap<string, { readonly key: PublicKey; readonly cursor: string | null }>
  readonly limit: number | undefined
  readonly live: boolean
  readonly reverse: boolean
  readonly paths: readonly string[]
  readonly session: SessionCredential | undefined
  readonly maxEventBytes: number | undefined
  readonly signal: AbortSignal | undefined
}

/** Throws `RequestError` for what no server answers (spec 05 §9). */
export function checkStreamRequest({ live, reverse, users }: StreamRequest): void {
  if (live && reverse) throw invalidRequest('Cannot use live mode with reverse ordering')
  if (users.size === 0) throw invalidRequest('At least one user must be specified')
  if (users.size > MAX_STREAM_USERS) throw invalidRequest('Cannot subscribe to more than 50 users')
}

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
