/** The cookie flow. */
import { Keypair } from '@pubky/crypto'
import { expect } from 'vitest'
import { bearerOf } from '../support/grants.ts'
import { authToken } from '../support/homeserver.ts'
import type { Answer } from '../support/http.ts'
import type { Scenario, World } from '../support/world.ts'

export const COOKIE_SESSION_SCENARIOS: readonly Scenario[] = [
  {
    operation: 'POST /signup',
    name: 'signs up',
    status: 200,
    run: (world) => world.post('/signup', authToken(Keypair.random())),
  },
  {
    operation: 'POST /signup',
    name: 'short token',
    status: 400,
    body: 'Hit the end of buffer, expected more data',
    run: (world) => world.post('/signup', new Uint8Array(10)),
  },
  {
    operation: 'POST /signup',
    name: 'old token',
    status: 400,
    body: 'AuthToken has a timestamp that is more than 3 minutes in the past',
    run: (world) => world.post('/signup', authToken(Keypair.random(), '/:rw', 181_000)),
  },
  {
    operation: 'POST /signup',
    name: 'bad invitation',
    status: 400,
    body: 'Invalid signup token format: Invalid signup code id',
    run: (world) => world.post('/signup?signup_token=x', authToken(Keypair.random())),
  },
  {
    operation: 'POST /signup',
    name: 'no invitation',
    status: 400,
    body: 'Token required',
    run: (world) => world.invited.send('/signup', { method: 'POST', body: authToken(Keypair.random()) }),
  },
  {
    operation: 'POST /signup',
    name: 'unknown invitation',
    status: 401,
    body: 'Invalid token',
    run: (world) =>
      world.invited.send('/signup?signup_token=AAAA-BBBB-CCCC', { method: 'POST', body: authToken(Keypair.random()) }),
  },
  {
    operation: 'POST /signup',
    name: 'user exists',
    status: 409,
    body: 'User already exists',
    run: (world) => world.post('/signup', authToken(world.user.keypair)),
  },
  {
    operation: 'POST /signup',
    name: 'large body',
    status: 413,
    body: 'Failed to buffer the request body: length limit exceeded',
    run: (world) => world.post('/signup', Buffer.alloc(2_097_153)),
  },
  {
    operation: 'POST /session',
    name: 'signs in',
    status: 200,
    run: (world) => world.post('/session', authToken(world.user.keypair)),
  },
  {
    operation: 'POST /session',
    name: 'replay',
    status: 400,
    body: 'AuthToken already used',
    run: async (world) => {
      const token = authToken(world.user.keypair)
      await world.post('/session', token)
      return world.post('/session', token)
    },
  },
  {
    operation: 'POST /session',
    name: 'no such user',
    status: 404,
    body: 'Not Found',
    run: (world) => world.post('/session', authToken(Keypair.random())),
  },
  {
    operation: 'POST /session',
    name: 'large body',
    status: 413,
    run: (world) => world.post('/session', Buffer.alloc(2_097_153)),
  },
  {
    operation: 'GET /session',
    name: 'shows',
    status: 200,
    run: (world) =>
      world.open.send('/session', { headers: { 'pubky-host': world.user.z32, cookie: world.user.cookie } }),
  },
  {
    operation: 'GET /session',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.open.send('/session', { headers: { 'pubky-host': world.user.z32 } }),
  },
  {
    operation: 'GET /session',
    name: 'bearer',
    status: 401,
    body: 'Unauthorized',
    run: async (world) => world.open.send('/session', { headers: await bearerOf(world.open, world.user) }),
  },
  {
    operation: 'DELETE /session',
    name: 'signs out',
    status: 200,
    body: '',
    run: (world) =>
      world.open.send('/session', {
        method: 'DELETE',
        headers: { 'pubky-host': world.user.z32, cookie: world.user.cookie },
      }),
  },
  {
    operation: 'DELETE /session',
    name: 'no tenant',
    status: 400,
    body: 'Missing request tenant',
    run: (world) => world.open.send('/session', { method: 'DELETE' }),
  },
  {
    operation: 'GET /auth/cookie/sessions',
    name: 'lists',
    status: 200,
    body: /^\[\{"id":\d+,"capabilities":"\/:rw","created_at":\d{10},"expires_at":\d{10},"is_current":true\}\]$/,
    run: (world) => cookieSessions(world, world.user.cookie),
  },
  {
    operation: 'GET /auth/cookie/sessions',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => cookieSessions(world, ''),
  },
  {
    operation: 'GET /auth/cookie/sessions',
    name: 'no root',
    status: 403,
    body: 'Root capability required',
    run: async (world) =>
      world.open.send('/auth/cookie/sessions', { headers: await bearerOf(world.open, world.user, '/pub/:rw') }),
  },
  {
    operation: 'DELETE /auth/cookie/session/{id}',
    name: 'ends another session',
    status: 200,
    body: '',
    async run(world) {
      const opened = await world.post('/session', authToken(world.user.keypair))
      const [another = ''] = (opened.field('set-cookie') ?? '').split(';')
      const own = await listedId(world, world.user.cookie)
      const answer = await endSession(world, String(own), another)
      expect((await cookieSessions(world, world.user.cookie)).status).toBe(401)
      expect((await cookieSessions(world, another)).status).toBe(200)
      return answer
    },
  },
  {
    operation: 'DELETE /auth/cookie/session/{id}',
    name: 'no id',
    status: 400,
    body: 'Invalid session ID format',
    run: (world) => endSession(world, 'x', world.user.cookie),
  },
  {
    operation: 'DELETE /auth/cookie/session/{id}',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => endSession(world, '1', ''),
  },
  {
    operation: 'DELETE /auth/cookie/session/{id}',
    name: 'no root',
    status: 403,
    body: 'Root capability required',
    run: async (world) =>
      world.open.send('/auth/cookie/session/1', {
        method: 'DELETE',
        headers: await bearerOf(world.open, world.user, '/pub/:rw'),
      }),
  },
  {
    operation: 'DELETE /auth/cookie/session/{id}',
    name: 'of somebody else',
    status: 404,
    body: 'Not Found',
    async run(world) {
      const { z32, cookie } = world.other
      const theirs = await world.open.send('/auth/cookie/sessions', { headers: { 'pubky-host': z32, cookie } })
      return endSession(world, String(firstId(theirs.text)), world.user.cookie)
    },
  },
]

function cookieSessions(world: World, cookie: string): Promise<Answer> {
  return world.open.send('/auth/cookie/sessions', { headers: { 'pubky-host': world.user.z32, cookie } })
}

function endSession(world: World, id: string, cookie: string): Promise<Answer> {
  const headers = { 'pubky-host': world.user.z32, cookie }
  return world.open.send(`/auth/cookie/session/${id}`, { method: 'DELETE', headers })
}

/** Id of the session of that cookie. */
async function listedId(world: World, cookie: string): Promise<number> {
  const listed: readonly { id: number; is_current: boolean }[] = JSON.parse((await cookieSessions(world, cookie)).text)
  return listed.find(({ is_current }) => is_current)?.id ?? 0
}

function firstId(list: string): number {
  const [first]: readonly { id: number }[] = JSON.parse(list)
  return first?.id ?? 0
}
