import { HomeserverError } from '../../error.ts'
import { HttpError } from '../kernel/http-error.ts'
import { storageTarget } from '../middleware/tenant.ts'
import type { ClientExchange, StorageTarget } from './client-exchange.ts'

/**
 * The file that PUT or DELETE is about: a session comes first, then tenant and path, then its shape (spec 02 §10.4).
 * @throws HomeserverError `no-session`; HttpError 400
 */
export function fileTarget(exchange: ClientExchange): StorageTarget {
  if (exchange.session === undefined) throw new HomeserverError('no-session', 'No authenticated session found')
  const target = storageTarget(exchange)
  if (target.path.endsWith('/')) {
    const isPathAddressed = exchange.target !== undefined
    throw new HttpError(400, isPathAddressed ? 'Target path must be a file' : 'Invalid URL: target path must be a file')
  }
  return target
}
