import type { PublicKey } from '@pubky/crypto'
import type { SessionCredential } from '../auth/session-credential.ts'
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
