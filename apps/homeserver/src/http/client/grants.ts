/** Grants with proof of possession (spec 02 §9.8 to §9.13). */
import { type GrantExchange, type GrantSessionInfo, ProtocolError, parseGrantExchange } from '@pubky/protocol'
import { requireRoot } from '../../accounts/authorize.ts'
import type { GrantSession } from '../../accounts/session.ts'
import { HomeserverError } from '../../error.ts'
import { HttpError } from '../kernel/http-error.ts'
import { readJson } from '../kernel/json-body.ts'
import type { Operation, Route } from '../kernel/route.ts'
import { noStorePolicy } from '../middleware/private-cache.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'
import { parseQuery } from './query.ts'
import { decodeParameter } from './signup-tokens.ts'

const GRANT_BODY = { type: 'application/json', description: '`grant` and `pop`, two compact JWS', required: true }
const BODY_REFUSALS = { 413: 'Body above 2 MiB', 415: 'Not JSON', 422: 'Not a grant with its proof' }

export function grantRoutes(services: ClientServices): readonly Route<ClientExchange>[] {
  return [
    { path: '/auth/grant/signup', allow: 'POST', policy: noStorePolicy, operations: { POST: signUp(services) } },
    {
      path: '/auth/grant/session',
      allow: 'POST,GET,HEAD,DELETE',
      policy: noStorePolicy,
      operations: { POST: exchangeGrant(services), GET: showSession(services), DELETE: signOut(services) },
    },
    {
      path: '/auth/grant/sessions',
      allow: 'GET,HEAD',
      policy: noStorePolicy,
      operations: { GET: listGrants(services) },
    },
    {
      path: '/auth/grant/session/{gid}',
      allow: 'DELETE',
      policy: noStorePolicy,
      operations: { DELETE: revokeGrant(services) },
    },
  ]
}

function signUp({ core, metrics }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Create an account by a sign-up grant',
    access: 'signed-token',
    query: [{ name: 'signup_token', description: 'Invitation, where the server asks for one' }],
    body: GRANT_BODY,
    responses: {
      204: 'Created; sign in separately',
      400: 'Malformed grant or no sign-up grant; no invitation',
      401: 'Bad signature, proof or invitation; expired or replayed',
      403: 'No root capability',
      409: 'The user exists',
      ...BODY_REFUSALS,
    },
    async handle(exchange) {
      const invitation = singleSignupToken(exchange)
      const proof = await readProof(exchange)
      await core.grants.signUp(proof, invitation)
      metrics.signedUp()
      exchange.empty(204)
    },
  }
}

function exchangeGrant({ core, identity }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Exchange a grant and a proof for a bearer',
    access: 'signed-token',
    body: GRANT_BODY,
    responses: {
      200: 'JSON with `token` and `session`',
      400: 'Malformed grant',
      401: 'Bad signature or proof; expired, revoked or replayed',
      404: 'No such user',
      ...BODY_REFUSALS,
    },
    async handle(exchange) {
      const { token, session, mintedAtSeconds } = await core.grants.exchange(await readProof(exchange))
      const info = sessionInfo(session, identity.publicKey.z32(), mintedAtSeconds)
      exchange.json(200, { token, session: info })
    },
  }
}

function showSession({ identity }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'The bearer session of the request',
    access: 'session',
    responses: { 200: 'JSON session', 401: 'No bearer session' },
    handle(exchange) {
      const { session } = exchange
      if (session === undefined) throw new HomeserverError('no-session', 'No authenticated session found')
      if (session.kind !== 'grant') throw new HomeserverError('wrong-session-kind', 'Unauthorized')
      const createdAt = Math.floor(session.grant.createdAt / 1_000_000)
      exchange.json(200, sessionInfo(session, identity.publicKey.z32(), createdAt))
    },
  }
}

function signOut({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Revoke the grant of the bearer, or with a body that of the proof',
    access: 'anyone',
    body: { ...GRANT_BODY, required: false },
    responses: {
      200: 'Revoked; without a body also when there was nothing to revoke',
      400: 'Malformed grant',
      401: 'Bad signature or proof; replayed',
      403: 'The stored grant belongs to somebody else',
      404: 'No grant of that id',
      ...BODY_REFUSALS,
    },
    async handle(exchange) {
      if (exchange.header('content-type') !== undefined) {
        await core.grants.signOutByProof(await readProof(exchange))
      } else if (exchange.session?.kind === 'grant') {
        await core.grants.signOut(exchange.session)
      }
      exchange.empty(200)
    },
  }
}

function listGrants({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Live grants of the user',
    access: 'root',
    responses: { 200: 'JSON list', 401: 'No session', 403: 'No root capability' },
    async handle(exchange) {
      const grants = await core.grants.list(exchange.session)
      const items = grants.map((grant) => ({
        grant_id: grant.id,
        client_id: grant.clientId,
        capabilities: grant.capabilities,
        issued_at: grant.issuedAtSeconds,
        expires_at: grant.expiresAtSeconds,
      }))
      exchange.json(200, items)
    },
  }
}

function revokeGrant({ core }: ClientServices): Operation<ClientExchange> {
  return {
    summary: 'Revoke one grant of the user',
    access: 'root',
    responses: {
      200: 'Revoked, now or earlier',
      400: 'Not a grant id',
      401: 'No session',
      403: 'No root capability, or not your grant',
      404: 'No grant of that id',
    },
    async handle(exchange) {
      if (exchange.session === undefined) requireRoot(undefined)
      await core.grants.revoke(exchange.session, decodeParameter(exchange, 'gid'))
      exchange.empty(200)
    },
  }
}

/** @throws HttpError 415, 413, 400, 422 in upstream's order */
async function readProof(exchange: ClientExchange): Promise<GrantExchange> {
  const body = await readJson(exchange)
  try {
    return parseGrantExchange(body)
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new HttpError(422, `Failed to deserialize the JSON body into the target type: ${cause.message}`, { cause })
  }
}

function singleSignupToken(exchange: ClientExchange): string | undefined {
  const values = parseQuery(exchange.query).filter(([name]) => name === 'signup_token')
  if (values.length > 1) {
    throw new HttpError(400, 'Failed to deserialize query string: duplicate field `signup_token`')
  }
  return values[0]?.[1]
}

function sessionInfo(session: GrantSession, homeserver: string, createdAt: number): GrantSessionInfo {
  return {
    homeserver,
    pubky: session.user,
    client_id: session.grant.clientId,
    capabilities: session.capabilities === '' ? [] : session.capabilities.split(','),
    grant_id: session.grant.id,
    token_expires_at: session.bearerExpiresAtSeconds,
    grant_expires_at: session.grant.expiresAtSeconds,
    created_at: createdAt,
  }
}
