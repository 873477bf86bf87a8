/** Additions of this server: a user's cookie sessions, listed and ended as grants are (spec 02 §7.2, Better). */
import { requireRoot } from '../../accounts/authorize.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { Operation, Route } from '../kernel/route.ts'
import { noStorePolicy } from '../middleware/private-cache.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'

export function cookieSessionRoutes(services: ClientServices): readonly Route<ClientExchange>[] {
  return [
    {
      path: '/auth/cookie/sessions',
      allow: 'GET,HEAD',
      policy: noStorePolicy,
      operations: { GET: listSessions(services) },
    },
    {
      path: '/auth/cookie/session/{id}',
      allow: 'DELETE',
      policy: noStorePolicy,
      operations: { DELETE: revokeSession(services) },
    },
  ]
}

function listSessions({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Live cookie sessions of the user, newest first',
    access: 'root',
    responses: { 200: 'JSON list', 401: 'No session', 403: 'No root capability' },
    async handle(exchange) {
      const { session } = exchange
      const current = session?.kind === 'cookie' ? session.id : undefined
      const items = (await core.sessions.list(session)).map(({ id, capabilities, createdAt, expiresAt }) => ({
        id,
        capabilities,
        created_at: Math.floor(createdAt / 1_000_000),
        expires_at: Math.floor(expiresAt / 1_000_000),
        is_current: id === current,
      }))
      exchange.json(200, items)
    },
  }
}

function revokeSession({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'End one cookie session of the user',
    access: 'root',
    responses: {
      200: 'Ended',
      400: 'Not a session id',
      401: 'No session',
      403: 'No root capability',
      404: 'The user has no such session',
    },
    async handle(exchange) {
      requireRoot(exchange.session)
      if (!/^\d{1,15}$/.test(exchange.parameter)) throw new HttpError(400, 'Invalid session ID format')
      await core.sessions.revoke(exchange.session, Number(exchange.parameter))
      exchange.empty(200)
    },
  }
}
