/** Reading files: `GET` and `HEAD` of a storage path (spec 02 §10.1 to §10.3). */
import { authorizeRead } from '../../accounts/authorize.ts'
import { HomeserverError } from '../../error.ts'
import { SMALL_BODY_BYTES } from '../../files/file-cache.ts'
import type { Files } from '../../files/files.ts'
import { NEVER } from '../kernel/exchange.ts'
import { storageTarget } from '../middleware/tenant.ts'
import type { ClientExchange } from './client-exchange.ts'
import { isNotModified } from './conditions.ts'
import {
  type FileHeaders,
  LEGACY_HEADERS,
  notModifiedFields,
  PATH_HEADERS,
  sendCached,
  sendFile,
  sendHead,
} from './file-answer.ts'
import { parseListQuery } from './list-query.ts'
import { listDirectory } from './storage-list.ts'

/** GET: the file, or the listing of a directory-shaped path. No promise when the file is in memory. */
export function getStorage(exchange: ClientExchange, files: Files): Promise<void> | void {
  const { owner, path } = storageTarget(exchange)
  const listQuery = parseListQuery(exchange.query)
  authorizeRead(exchange.session, owner, path)
  if (path.endsWith('/')) return listDirectory(exchange, files, owner, path, listQuery)
  const headers = headersFor(exchange)
  const cached = files.cached(owner, path)
  if (cached === undefined) return getFile(exchange, files, owner, path, headers)
  if (isNotModified(exchange, cached.entry)) exchange.empty(304, notModifiedFields(cached.entry, headers))
  else sendCached(exchange, cached, headers)
  return undefined
}

/**
 * HEAD: the header fields of the file, if its body is there (spec 02 §10.1). Directories have none; conditional headers are
 * not looked at.
 */
export async function headStorage(exchange: ClientExchange, files: Files): Promise<void> {
  const { owner, path } = storageTarget(exchange)
  authorizeRead(exchange.session, owner, path)
  if (path.endsWith('/')) throw new HomeserverError('entry-unknown', 'Not Found')
  const cached = files.cached(owner, path)
  if (cached !== undefined) sendHead(exchange, cached.entry, headersFor(exchange))
  else await sendFile(exchange, await files.open(owner, path, NEVER), headersFor(exchange))
}

async function getFile(
  exchange: ClientExchange,
  files: Files,
  owner: string,
  path: string,
  headers: FileHeaders,
): Promise<void> {
  const isConditional =
    exchange.header('if-none-match') !== undefined || exchange.header('if-modified-since') !== undefined
  if (isConditional) {
    const entry = await files.find(owner, path)
    if (entry !== undefined && isNotModified(exchange, entry)) {
      exchange.empty(304, notModifiedFields(entry, headers))
      // Opening keeps a small public file in memory, where the next question about it costs nothing.
      if (entry.contentLength <= SMALL_BODY_BYTES) await (await files.open(owner, path, NEVER)).close()
      return
    }
  }
  await sendFile(exchange, await files.open(owner, path, NEVER), headers)
}

function headersFor(exchange: ClientExchange): FileHeaders {
  return exchange.target === undefined ? LEGACY_HEADERS : PATH_HEADERS
}
