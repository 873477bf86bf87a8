/** `LOCK` and `UNLOCK` of a storage path (spec 02 §10.12). */
import { authorizeWrite } from '../../accounts/authorize.ts'
import { HomeserverError } from '../../error.ts'
import type { LiveLock, Locks } from '../../files/locks.ts'
import { readBody } from '../kernel/body.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { ClientExchange, StorageTarget } from './client-exchange.ts'
import { isExclusiveWriteLock, lockSeconds, lockToken, presentedTokens } from './lock-headers.ts'

const MAX_LOCKINFO_BYTES = 16_384

/** LOCK: refreshes the lock that `If` presents, else takes a new one. */
export async function lockStorage(exchange: ClientExchange, locks: Locks): Promise<void> {
  const { owner, path } = lockTarget(exchange)
  const { session } = exchange
  await locks.check(session, owner, path)
  const seconds = lockSeconds(exchange)
  const tokens = presentedTokens(exchange)
  if (tokens.length > 0) {
    answerLock(exchange, await locks.refresh(session, owner, path, tokens, seconds), [])
    return
  }
  const body = await readBody(exchange, MAX_LOCKINFO_BYTES, lockinfoTooLarge).catch((error: unknown) => {
    // A body that breaks counts as too large.
    throw error instanceof HttpError && error.status === 400 ? lockinfoTooLarge() : error
  })
  if (!isExclusiveWriteLock(body)) throw new HttpError(400, 'Only exclusive write locks are supported')
  const lock = await locks.acquire(session, owner, path, seconds)
  answerLock(exchange, lock, ['lock-token', `<opaquelocktoken:${lock.token}>`])
}

/** UNLOCK: releases the lock that `Lock-Token` names. */
export async function unlockStorage(exchange: ClientExchange, locks: Locks): Promise<void> {
  const { owner, path } = lockTarget(exchange)
  authorizeWrite(exchange.session, owner, path)
  const token = lockToken(exchange)
  if (token === undefined) throw new HttpError(400, 'Missing or malformed Lock-Token header')
  await locks.release(exchange.session, owner, path, token)
  exchange.empty(204)
}

/** A session comes first, then the shape of the path. */
function lockTarget(exchange: ClientExchange): StorageTarget {
  if (exchange.session === undefined) throw new HomeserverError('no-session', 'Unauthorized')
  const { target } = exchange
  if (target === undefined) throw new HttpError(405, '')
  if (target.path.endsWith('/')) throw new HttpError(400, 'Target path must be a file')
  return target
}

function answerLock(exchange: ClientExchange, { token, seconds }: LiveLock, fields: readonly string[]): void {
  const timeout = `Second-${seconds}`
  const body =
    '<?xml version="1.0" encoding="utf-8"?><D:prop xmlns:D="DAV:"><D:lockdiscovery><D:activelock>' +
    '<D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>' +
    `<D:timeout>${timeout}</D:timeout>` +
    `<D:locktoken><D:href>opaquelocktoken:${token}</D:href></D:locktoken>` +
    `<D:lockroot><D:href>${escapeXml(exchange.path)}</D:href></D:lockroot>` +
    '</D:activelock></D:lockdiscovery></D:prop>'
  exchange.send(200, ['content-type', 'application/xml; charset=utf-8', 'timeout', timeout, ...fields], body)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function lockinfoTooLarge(): HttpError {
  return new HttpError(413, 'lockinfo body too large')
}
