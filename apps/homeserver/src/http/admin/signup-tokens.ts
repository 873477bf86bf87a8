/** Sign-up tokens of the operator (spec 03 §2.5, §2.6). */
import { lastValue, parseQuery } from '../client/query.ts'
import { formatTime } from '../client/signup-tokens.ts'
import type { Operation, Route } from '../kernel/route.ts'
import type { AdminServices } from './admin-services.ts'
import { parseChoice, parsePageLimit } from './page-query.ts'
import { readQuota } from './quota-json.ts'

const NO_STORE = ['cache-control', 'no-store']

export function signupTokenRoutes(services: AdminServices): readonly Route[] {
  return [
    {
      path: '/generate_signup_token',
      allow: 'GET, POST',
      headLikeGet: false,
      operations: { GET: generate(services), POST: generateWithQuota(services) },
    },
    { path: '/signup_tokens', allow: 'GET,HEAD', operations: { GET: list(services) } },
  ]
}

function generate({ core }: AdminServices): Operation {
  return {
    summary: 'Create a sign-up token without limits',
    access: 'operator',
    responses: { 200: 'The token' },
    async handle(exchange) {
      exchange.text(200, await core.signupTokens.generate({}), NO_STORE)
    },
  }
}

function generateWithQuota({ core }: AdminServices): Operation {
  return {
    summary: 'Create a sign-up token whose limits its user gets',
    access: 'operator',
    body: { type: 'application/json', description: 'Quota object; `{}` for no limits', required: true },
    responses: { 200: 'The token', 400: 'Not JSON', 413: 'Body above 2 MiB', 415: 'Not JSON', 422: 'Not a quota' },
    async handle(exchange) {
      exchange.text(200, await core.signupTokens.generate(await readQuota(exchange)), NO_STORE)
    },
  }
}

function list({ core }: AdminServices): Operation {
  return {
    summary: 'Sign-up tokens in the order of their texts',
    access: 'operator',
    query: [
      { name: 'limit', description: '1 to 65535, at most 1000 are given' },
      { name: 'cursor', description: 'A token; the page starts after it' },
      { name: 'state', description: '`all`, `used` or `unused`' },
    ],
    responses: { 200: 'JSON page', 400: 'Invalid parameter' },
    async handle(exchange) {
      const parameters = parseQuery(exchange.query)
      const page = await core.signupTokens.list({
        limit: parsePageLimit(lastValue(parameters, 'limit')),
        state: parseChoice('state', lastValue(parameters, 'state'), ['all', 'used', 'unused'], 'all'),
        cursor: lastValue(parameters, 'cursor'),
      })
      const items = page.items.map((item) => ({
        token: item.token,
        created_at: formatTime(item.createdAt, ''),
        used_at: item.usedAt === undefined ? null : formatTime(item.usedAt, ''),
        used_by: item.usedBy ?? null,
        quota: item.quota,
      }))
      exchange.json(200, { items, next_cursor: page.nextCursor ?? null }, NO_STORE)
    },
  }
}
