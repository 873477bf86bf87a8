/** `DELETE /webdav/{user}/{path}`: the operator deletes one public file (spec 03 §2.9). */
import { ProtocolError, parseStoragePath, percentDecodePath } from '@pubky/protocol'
import type { Exchange } from '../kernel/exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { Route } from '../kernel/route.ts'
import type { AdminServices } from './admin-services.ts'

export function webdavDeleteRoute({ core, keys }: AdminServices): Route {
  return {
    path: '/webdav/{path...}',
    allow: 'DELETE',
    operations: {
      DELETE: {
        summary: 'Delete a public file of a user, whatever locks it',
        access: 'operator',
        responses: { 204: 'Gone', 400: 'Not `<public key>/pub/…`', 404: 'No such file or user' },
        async handle(exchange) {
          const { user, path } = target(exchange, keys)
          await core.files.operatorDelete(user, path, { overrideLocks: true })
          exchange.empty(204)
        },
      },
    },
  }
}

function target(exchange: Exchange, keys: AdminServices['keys']): { readonly user: string; readonly path: string } {
  try {
    const decoded = percentDecodePath(exchange.parameter)
    const slash = decoded.indexOf('/')
    const user = decoded.slice(0, slash)
    if (slash < 0 || !keys.isCanonical(user)) throw new HttpError(400, 'Invalid URL: not a public key')
    const path = parseStoragePath(decoded.slice(slash))
    if (!path.startsWith('/pub/')) throw new HttpError(400, 'Invalid URL: path must start with /pub/')
    return { user, path }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new HttpError(400, `Invalid URL: ${cause.message}`, { cause })
  }
}
