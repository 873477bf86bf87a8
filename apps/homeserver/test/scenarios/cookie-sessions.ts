/** The cookie flow. */
import { Keypair } from '@pubky/crypto'
import { bearerOf } from '../support/grants.ts'
import { authToken } from '../support/homeserver.ts'
import type { Scenario } from '../support/world.ts'

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
]
