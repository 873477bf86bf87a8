/** The storage routes, path-addressed and legacy: what each method does is in a file of its name. */
import type { Operation, Parameter, Route } from '../kernel/route.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'
import { lockStorage, unlockStorage } from './locks.ts'
import { deleteStorage } from './storage-delete.ts'
import { getStorage, headStorage } from './storage-get.ts'
import { putStorage } from './storage-put.ts'

export function storageRoutes({ core }: ClientServices): {
  readonly pathAddressed: Route<ClientExchange>
  readonly legacy: Route<ClientExchange>
} {
  const operations = {
    GET: describeGet((exchange) => getStorage(exchange, core.files)),
    HEAD: describeHead((exchange) => headStorage(exchange, core.files)),
    PUT: describePut((exchange) => putStorage(exchange, core.files)),
    DELETE: describeDelete((exchange) => deleteStorage(exchange, core.files)),
  }
  return {
    pathAddressed: {
      path: '/storage/{owner}/{path...}',
      allow: 'GET, HEAD, PUT, DELETE, LOCK, UNLOCK',
      operations: {
        ...operations,
        LOCK: describeLock((exchange) => lockStorage(exchange, core.locks)),
        UNLOCK: describeUnlock((exchange) => unlockStorage(exchange, core.locks)),
      },
    },
    legacy: { path: '/{path...}', allow: 'GET,HEAD,PUT,DELETE', operations },
  }
}

type Handle = Operation<ClientExchange>['handle']

const LIST_QUERY: readonly Parameter[] = [
  { name: 'limit', description: 'Lines of a listing: 0 to 1000, default 100' },
  { name: 'cursor', description: 'Listing starts after this `<z32>/<path>`' },
  { name: 'shallow', description: 'Only immediate children, folders with a trailing slash' },
  { name: 'reverse', description: 'From the end' },
]
const CONDITIONS: readonly Parameter[] = [
  { name: 'If-Match', description: 'Only if the stored version has one of these tags' },
  { name: 'If-None-Match', description: '`*`: only if there is nothing yet' },
  { name: 'If', description: 'Lock token, as `(<opaquelocktoken:…>)`' },
]

function describeGet(handle: Handle): Operation<ClientExchange> {
  return {
    summary: 'A file, or the listing of a folder (trailing slash)',
    query: LIST_QUERY,
    headers: [
      { name: 'If-None-Match', description: 'Tags the client has' },
      { name: 'If-Modified-Since', description: 'Date the client has' },
      { name: 'Range', description: 'One byte range' },
      { name: 'Accept', description: '`application/json`: listing with metadata' },
    ],
    responses: {
      200: 'The file, or one `pubky://` line per entry',
      206: 'Part of the file',
      304: 'The client has this version',
      400: 'Malformed path, cursor or parameter; no user addressed',
      401: 'Private, and no session',
      403: 'Outside `/pub/` and `/priv/`, or not covered by the session',
      404: 'No such file or folder',
      416: 'The range lies beyond the end',
    },
    handle,
  }
}

function describeHead(handle: Handle): Operation<ClientExchange> {
  return {
    summary: 'Header fields of a file',
    responses: {
      200: 'The file exists',
      400: 'Malformed path; no user addressed',
      401: 'Private, and no session',
      403: 'Outside `/pub/` and `/priv/`, or not covered by the session',
      404: 'No such file; folders have no HEAD',
    },
    handle,
  }
}

function describePut(handle: Handle): Operation<ClientExchange> {
  return {
    summary: 'Store a file',
    access: 'session',
    headers: CONDITIONS,
    body: { type: 'application/octet-stream', description: 'The content; its type is found out by the server' },
    responses: {
      201: 'Stored; `ETag` and `Last-Modified` of the new version',
      400: 'Malformed or directory-shaped path; broken body',
      401: 'No session',
      403: 'Not covered by the session, disabled user, path not allowed',
      409: 'A file where a folder is, or the reverse',
      412: 'Precondition failed, or the presented lock is not live',
      413: 'Above the largest size this server accepts',
      423: 'Locked by somebody else',
      507: 'Over quota, or the disk is full',
    },
    handle,
  }
}

function describeDelete(handle: Handle): Operation<ClientExchange> {
  return {
    summary: 'Delete a file',
    access: 'session',
    headers: CONDITIONS,
    responses: {
      204: 'Gone',
      400: 'Malformed or directory-shaped path',
      401: 'No session',
      403: 'Not covered by the session, path not allowed',
      404: 'No such file',
      412: 'Precondition failed, or the presented lock is not live',
      423: 'Locked by somebody else',
    },
    handle,
  }
}

function describeLock(handle: Handle): Operation<ClientExchange> {
  return {
    summary: 'Lock a file path for writing, or refresh the lock that `If` presents',
    access: 'session',
    headers: [
      { name: 'Timeout', description: '`Second-1` to `Second-60`; default 30' },
      { name: 'If', description: 'Token of the lock to refresh' },
    ],
    body: { type: 'application/xml', description: '`lockinfo` of an exclusive write lock, or nothing' },
    responses: {
      200: '`lockdiscovery`; `Lock-Token` for a new lock',
      400: 'Directory-shaped path, or another kind of lock',
      401: 'No session',
      403: 'Not covered by the session, disabled user',
      412: 'The presented token is not the live lock',
      413: 'Body above 16 KiB',
      423: 'Locked by somebody else',
      429: 'The user holds too many locks',
    },
    handle,
  }
}

function describeUnlock(handle: Handle): Operation<ClientExchange> {
  return {
    summary: 'Release a lock',
    access: 'session',
    headers: [{ name: 'Lock-Token', description: '`<opaquelocktoken:…>`', required: true }],
    responses: {
      204: 'Released',
      400: 'Directory-shaped path; token missing or malformed',
      401: 'No session',
      403: 'Not covered by the session',
      409: 'No lock with this token on this path',
    },
    handle,
  }
}
