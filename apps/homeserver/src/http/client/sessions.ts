/** The cookie flow: sign-up, sign-in, session, sign-out (spec 02 §9.4 to §9.7). */
import { PublicKey } from '@pubky/crypto'
import { encodeSessionRecord, parseCapabilities } from '@pubky/protocol'
import type { CookieSession } from '../../accounts/session.ts'
import type { OpenedCookieSession } from '../../accounts/sessions.ts'
import { HomeserverError } from '../../error.ts'
import { readBody } from '../kernel/body.ts'
import type { Operation, Route } from '../kernel/route.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'
import { noStorePolicy } from '../middleware/private-cache.ts'
import { requireTenant } from '../middleware/tenant.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'
import { cookieHost, isSecureHost, removalCookie, sessionCookie } from './cookies.ts'
import { lastValue, parseQuery } from './query.ts'

const AUTH_TOKEN = { type: 'application/octet-stream', description: 'AuthToken signed by the user', required: true }

export function sessionRoutes(services: ClientServices, keys: KeyTexts): readonly Route<ClientExchange>[] {
  return [
    { path: '/signup', allow: 'POST', policy: noStorePolicy, operations: { POST: signUp(services, keys) } },
    {
      path: '/session',
      allow: 'POST,GET,HEAD,DELETE',
      policy: noStorePolicy,
      operations: { POST: signIn(services, keys), GET: showSession, DELETE: signOut(services, keys) },
    },
  ]
}

function signUp({ core, metrics }: ClientServices, keys: KeyTexts): Operation<ClientExchange> {
  return {
    summary: 'Create an account and open a cookie session',
    access: 'signed-token',
    query: [{ name: 'signup_token', description: 'Invitation, where the server asks for one' }],
    body: AUTH_TOKEN,
    responses: {
      200: 'Session record and `Set-Cookie`',
      400: 'Malformed, outdated or reused token; no invitation',
      401: 'Unknown or used invitation',
      409: 'The user exists',
      413: 'Body above 2 MiB',
    },
    async handle(exchange) {
      const isSecure = isSecureHost(cookieHost(exchange), keys)
      const token = await readBody(exchange)
      const invitation = lastValue(parseQuery(exchange.query), 'signup_token')
      const opened = await core.sessions.signUp(token, invitation)
      metrics.signedUp()
      answerSession(exchange, opened, isSecure)
    },
  }
}

function signIn({ core }: ClientServices, keys: KeyTexts): Operation<ClientExchange> {
  return {
    summary: 'Open a cookie session',
    access: 'signed-token',
    body: AUTH_TOKEN,
    responses: {
      200: 'Session record and `Set-Cookie`',
      400: 'Malformed, outdated or reused token',
      404: 'No such user',
      413: 'Body above 2 MiB',
    },
    async handle(exchange) {
      const isSecure = isSecureHost(cookieHost(exchange), keys)
      const opened = await core.sessions.signIn(await readBody(exchange))
      answerSession(exchange, opened, isSecure)
    },
  }
}

const showSession: Operation<ClientExchange> = {
  summary: 'The cookie session of the addressed user',
  access: 'session',
  responses: { 200: 'Session record', 401: 'No cookie session' },
  handle(exchange) {
    const { session } = exchange
    if (session === undefined) throw new HomeserverError('no-session', 'No authenticated session found')
    if (session.kind !== 'cookie') throw new HomeserverError('wrong-session-kind', 'Unauthorized')
    sendRecord(exchange, session, session.createdAt / 1_000_000)
  },
}

function signOut({ core }: ClientServices, keys: KeyTexts): Operation<ClientExchange> {
  return {
    summary: 'End the cookie session of the addressed user',
    access: 'anyone',
    responses: { 200: 'Removal cookie; also when there was no session', 400: 'No host or no user addressed' },
    async handle(exchange) {
      const isSecure = isSecureHost(cookieHost(exchange), keys)
      const tenant = requireTenant(exchange)
      if (exchange.session?.kind === 'cookie') await core.sessions.signOut(exchange.session)
      exchange.empty(200, ['set-cookie', removalCookie(tenant, isSecure, Date.now())])
    },
  }
}

function answerSession(exchange: ClientExchange, { session, secret }: OpenedCookieSession, isSecure: boolean): void {
  const cookie = sessionCookie(session.user, secret, isSecure, Date.now())
  sendRecord(exchange, session, session.createdAt, ['set-cookie', cookie])
}

/** @param createdAt microseconds after POST, seconds after GET, as upstream has it (spec 02 §9.6) */
function sendRecord(
  exchange: ClientExchange,
  session: CookieSession,
  createdAt: number,
  fields: readonly string[] = [],
): void {
  const record = encodeSessionRecord({
    publicKey: PublicKey.fromZ32(session.user),
    createdAt: BigInt(Math.floor(createdAt)),
    name: '',
    userAgent: '',
    capabilities: parseCapabilities(session.capabilities),
  })
  exchange.send(200, ['content-type', 'application/octet-stream', ...fields], record)
}
