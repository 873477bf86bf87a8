/** Additions of this server: a user's own numbers, and leaving for good. */
import { requireRoot } from '../../accounts/authorize.ts'
import { HomeserverError } from '../../error.ts'
import { HttpError } from '../kernel/http-error.ts'
import { readJson } from '../kernel/json-body.ts'
import type { Operation, Route } from '../kernel/route.ts'
import { isSameOrigin } from '../middleware/authentication.ts'
import { noStorePolicy } from '../middleware/private-cache.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'

export function accountRoutes(services: ClientServices): readonly Route<ClientExchange>[] {
  return [
    {
      path: '/auth/account',
      allow: 'GET,HEAD,DELETE',
      policy: noStorePolicy,
      operations: { GET: showUsage(services), DELETE: deleteAccount(services) },
    },
  ]
}

function showUsage({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Own usage and limits',
    access: 'session',
    responses: { 200: 'JSON with `used_bytes`, `limit_bytes`, `entries`, `content_bytes`, `quota`', 401: 'No session' },
    async handle(exchange) {
      const { session } = exchange
      if (session === undefined) throw new HomeserverError('no-session', 'No authenticated session found')
      const usage = await core.users.usage(session.user)
      const answer = {
        pubky: session.user,
        used_bytes: usage.usedBytes,
        limit_bytes: usage.limitBytes ?? null,
        entries: usage.entries,
        content_bytes: usage.contentBytes,
        quota: usage.quota,
      }
      exchange.json(200, answer)
    },
  }
}

function deleteAccount({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Delete the own account with everything it stored',
    access: 'root',
    body: { type: 'application/json', description: '`confirm`: the own public key, typed again', required: true },
    responses: {
      204: 'Everything is gone, the encryption key first',
      400: 'Not confirmed',
      401: 'No session',
      403: 'No root capability, or a page of another origin with a cookie',
      413: 'Body above 2 MiB',
      415: 'Not JSON',
    },
    async handle(exchange) {
      const { user, kind } = requireRoot(exchange.session)
      // Browsers send cookies along with the requests of any page, and the public key is no secret.
      if (kind === 'cookie' && !isSameOrigin(exchange)) {
        throw new HttpError(403, 'Pages of other origins need a grant to delete an account')
      }
      if (confirmation(await readJson(exchange)) !== user) {
        throw new HttpError(400, 'Confirm with your own public key: {"confirm":"<public key>"}')
      }
      await core.users.delete(user)
      exchange.empty(204)
    },
  }
}

function confirmation(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'confirm' in body ? body.confirm : undefined
}
