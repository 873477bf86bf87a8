/** Accounts in the operator's hands (spec 03 §2.7, §2.8, §2.13). */
import type { UserDetails } from '../../accounts/users.ts'
import { lastValue, parseQuery } from '../client/query.ts'
import { formatTime } from '../client/signup-tokens.ts'
import type { Exchange } from '../kernel/exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { Operation, Route } from '../kernel/route.ts'
import type { AdminServices } from './admin-services.ts'
import { badQuery, parseChoice, parsePageLimit } from './page-query.ts'
import { readQuotaPatch } from './quota-json.ts'

const NO_STORE = ['cache-control', 'no-store']
const KEY_REFUSALS = { 400: 'Not a public key', 404: 'No such user' }
const SORT_COLUMN = { created_at: 'createdAt', used_bytes: 'usedBytes' } as const

export function userRoutes(services: AdminServices): readonly Route[] {
  return [
    { path: '/users', allow: 'GET,HEAD', operations: { GET: list(services) } },
    { path: '/users/{pubky}', allow: 'GET,HEAD', operations: { GET: show(services) } },
    { path: '/users/{pubky}/disable', allow: 'POST', operations: { POST: setDisabled(services, true) } },
    { path: '/users/{pubky}/enable', allow: 'POST', operations: { POST: setDisabled(services, false) } },
    {
      path: '/users/{pubky}/quota',
      allow: 'GET,HEAD,PATCH',
      operations: { GET: showQuota(services), PATCH: patchQuota(services) },
    },
  ]
}

function list({ core, keys }: AdminServices): Operation {
  return {
    summary: 'Users, in the order of sign-up or by used bytes',
    access: 'operator',
    query: [
      { name: 'limit', description: '1 to 65535, at most 1000 are given' },
      { name: 'cursor', description: 'A public key; the page starts after its user' },
      { name: 'state', description: '`all`, `enabled` or `disabled`' },
      { name: 'sort_by', description: '`created_at` or `used_bytes`' },
      { name: 'reverse', description: '`true` or `false`' },
    ],
    responses: { 200: 'JSON page', 400: 'Invalid parameter or unknown cursor' },
    async handle(exchange) {
      const parameters = parseQuery(exchange.query)
      const cursor = lastValue(parameters, 'cursor')
      if (cursor !== undefined && !keys.isCanonical(cursor)) throw badQuery('cursor', 'expected a public key')
      const sortBy = parseChoice(
        'sort_by',
        lastValue(parameters, 'sort_by'),
        ['created_at', 'used_bytes'],
        'created_at',
      )
      const page = await core.users.list({
        limit: parsePageLimit(lastValue(parameters, 'limit')),
        cursor,
        state: parseChoice('state', lastValue(parameters, 'state'), ['all', 'enabled', 'disabled'], 'all'),
        sortBy: SORT_COLUMN[sortBy],
        reverse: parseChoice('reverse', lastValue(parameters, 'reverse'), ['true', 'false'], 'false') === 'true',
      })
      exchange.json(200, { items: page.items.map(describe), next_cursor: page.nextCursor ?? null }, NO_STORE)
    },
  }
}

function show({ core, keys }: AdminServices): Operation {
  return {
    summary: 'One user',
    access: 'operator',
    responses: { 200: 'JSON', ...KEY_REFUSALS },
    async handle(exchange) {
      exchange.json(200, describe(await core.users.details(userKey(exchange, keys))), NO_STORE)
    },
  }
}

function setDisabled({ core, keys }: AdminServices, disabled: boolean): Operation {
  return {
    summary: disabled ? 'Refuse writes, locks and website of a user' : 'Lift the refusal',
    access: 'operator',
    responses: { 200: '`Ok`', ...KEY_REFUSALS },
    async handle(exchange) {
      await core.users.setDisabled(userKey(exchange, keys), disabled)
      exchange.text(200, 'Ok')
    },
  }
}

function showQuota({ core, keys }: AdminServices): Operation {
  return {
    summary: 'Limits of a user: what differs from the defaults, and what holds',
    access: 'operator',
    responses: { 200: 'JSON', ...KEY_REFUSALS },
    async handle(exchange) {
      exchange.json(200, await core.users.quota(userKey(exchange, keys)), NO_STORE)
    },
  }
}

function patchQuota({ core, keys }: AdminServices): Operation {
  return {
    summary: 'Change limits of a user: absent keeps, `null` is the default',
    access: 'operator',
    body: { type: 'application/json', description: 'Quota object', required: true },
    responses: {
      200: 'Changed',
      ...KEY_REFUSALS,
      400: 'Not a public key, or not JSON',
      413: 'Body above 2 MiB',
      415: 'Not JSON',
      422: 'Not a quota',
    },
    async handle(exchange) {
      const user = userKey(exchange, keys)
      await core.users.patchQuota(user, await readQuotaPatch(exchange))
      exchange.empty(200)
    },
  }
}

/** @throws HttpError 400 */
function userKey(exchange: Exchange, keys: AdminServices['keys']): string {
  const { parameter } = exchange
  if (!keys.isCanonical(parameter)) throw new HttpError(400, `Invalid URL: \`${parameter}\` is not a public key`)
  return parameter
}

function describe(user: UserDetails): object {
  return {
    pubky: user.publicKey,
    created_at: formatTime(user.createdAt, ''),
    disabled: user.disabled,
    used_bytes: user.usedBytes,
    quota: user.quota,
  }
}
