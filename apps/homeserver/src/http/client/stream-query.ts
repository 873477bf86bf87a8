/** The query of event streams (spec 02 §11.3.1, §11.3.2; 03 §2.10). */
import { normalizeStoragePath, ProtocolError } from '@pubky/protocol'
import { HomeserverError } from '../../error.ts'
import { HttpError } from '../kernel/http-error.ts'
import { parseU16 } from './query.ts'

/** Users that one stream may name. */
export const MAX_USERS = 50

/** @throws HttpError 400 */
export function parseStreamLimit(text: string): number {
  const limit = parseU16(text)
  if (limit === undefined) throw new HttpError(400, `Invalid limit: ${text}`)
  if (limit === 0) throw new HttpError(400, 'limit must be at least 1')
  return limit
}

export function isOn(text: string): boolean {
  return text === 'true' || text === '1'
}

/** Normalised path filter; a missing slash at the start is added. @throws HttpError 400 */
export function parsePathFilter(text: string): string {
  const absolute = text.startsWith('/') ? text : `/${text}`
  try {
    return normalizeStoragePath(absolute)
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new HttpError(400, `Invalid path: ${absolute}`, { cause })
  }
}

/** @throws HttpError 400 */
export function refuseLiveReverse(live: boolean, reverse: boolean): void {
  if (live && reverse) throw new HttpError(400, 'Cannot use live mode with reverse ordering')
}

/** @throws HttpError 400 */
export function refuseManyUsers(count: number): void {
  if (count > MAX_USERS) throw new HttpError(400, `Too many users. Maximum allowed: ${MAX_USERS}`)
}

/** For routes that refuse a cursor without repeating it: the feed, and the operator's stream. */
export function refuseCursor(error: unknown): never {
  if (error instanceof HomeserverError && error.code === 'cursor-invalid') {
    throw new HttpError(400, 'Invalid cursor', { cause: error })
  }
  throw error
}
