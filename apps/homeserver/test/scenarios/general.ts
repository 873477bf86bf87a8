/** Everything else. */
import { Keypair } from '@pubky/crypto'
import { bearerOf, JSON_TYPE } from '../support/grants.ts'
import type { Scenario } from '../support/world.ts'

export const GENERAL_SCENARIOS: readonly Scenario[] = [
  { operation: 'GET /', name: 'greets', status: 200, body: 'Pubky Homeserver', run: (world) => world.open.send('/') },
  { operation: 'GET /info', name: 'describes', status: 200, run: (world) => world.open.send('/info') },
  { operation: 'GET /openapi.json', name: 'describes', status: 200, run: (world) => world.open.send('/openapi.json') },
  {
    operation: 'GET /signup_tokens/{token}',
    name: 'valid',
    status: 200,
    run: async (world) =>
      world.invited.send(`/signup_tokens/${(await world.invited.admin('/generate_signup_token')).text}`),
  },
  {
    operation: 'GET /signup_tokens/{token}',
    name: 'no token',
    status: 400,
    body: 'Invalid signup token format: Invalid signup code id',
    run: (world) => world.invited.send('/signup_tokens/invalid'),
  },
  {
    operation: 'GET /signup_tokens/{token}',
    name: 'none needed',
    status: 400,
    body: 'Signup tokens not required',
    run: (world) => world.open.send('/signup_tokens/AAAA-BBBB-CCCC'),
  },
  {
    operation: 'GET /signup_tokens/{token}',
    name: 'unknown',
    status: 404,
    body: 'Token not found',
    run: (world) => world.invited.send('/signup_tokens/AAAA-BBBB-CCCC'),
  },
  { operation: 'GET /events/', name: 'feeds', status: 200, run: (world) => world.open.send('/events/') },
  {
    operation: 'GET /events/',
    name: 'bad cursor',
    status: 400,
    body: 'Invalid cursor',
    run: (world) => world.open.send('/events/?cursor=abc'),
  },
  {
    operation: 'GET /events-stream',
    name: 'streams',
    status: 200,
    run: (world) => world.open.send(`/events-stream?user=${world.user.z32}`),
  },
  {
    operation: 'GET /events-stream',
    name: 'no user',
    status: 400,
    body: 'user parameter is required',
    run: (world) => world.open.send('/events-stream'),
  },
  {
    operation: 'GET /events-stream',
    name: 'private without session',
    status: 401,
    body: 'Authentication required to read private storage',
    run: (world) => world.open.send(`/events-stream?user=${world.user.z32}&path=/priv/`),
  },
  {
    operation: 'GET /events-stream',
    name: 'private of somebody else',
    status: 403,
    body: 'Session user does not match target tenant',
    run: async (world) =>
      world.open.send(`/events-stream?user=${world.user.z32}&path=/priv/`, {
        headers: await bearerOf(world.open, world.other),
      }),
  },
  {
    operation: 'GET /events-stream',
    name: 'no such user',
    status: 404,
    body: 'Not Found',
    run: (world) => world.open.send(`/events-stream?user=${Keypair.random().publicKey.z32()}`),
  },
  {
    operation: 'GET /auth/account',
    name: 'shows',
    status: 200,
    run: async (world) => world.open.send('/auth/account', { headers: await bearerOf(world.open, world.user) }),
  },
  {
    operation: 'GET /auth/account',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.open.send('/auth/account'),
  },
  {
    operation: 'DELETE /auth/account',
    name: 'not confirmed',
    status: 400,
    run: async (world) =>
      world.open.send('/auth/account', {
        method: 'DELETE',
        body: '{}',
        headers: { ...JSON_TYPE, ...(await bearerOf(world.open, world.user)) },
      }),
  },
  {
    operation: 'DELETE /auth/account',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.open.send('/auth/account', { method: 'DELETE', body: '{}', headers: JSON_TYPE }),
  },
  {
    operation: 'DELETE /auth/account',
    name: 'no root',
    status: 403,
    body: 'Root capability required',
    run: async (world) =>
      world.open.send('/auth/account', {
        method: 'DELETE',
        body: '{}',
        headers: { ...JSON_TYPE, ...(await bearerOf(world.open, world.user, '/pub/:rw')) },
      }),
  },
  {
    operation: 'DELETE /auth/account',
    name: 'large body',
    status: 413,
    run: async (world) =>
      world.open.send('/auth/account', {
        method: 'DELETE',
        body: 'x'.repeat(2_097_153),
        headers: { ...JSON_TYPE, ...(await bearerOf(world.open, world.user)) },
      }),
  },
  {
    operation: 'DELETE /auth/account',
    name: 'other type',
    status: 415,
    run: async (world) =>
      world.open.send('/auth/account', {
        method: 'DELETE',
        body: '{}',
        headers: await bearerOf(world.open, world.user),
      }),
  },
  {
    operation: 'DELETE /auth/account',
    name: 'deletes',
    status: 204,
    body: '',
    run: async (world) =>
      world.open.send('/auth/account', {
        method: 'DELETE',
        body: JSON.stringify({ confirm: world.user.z32 }),
        headers: { ...JSON_TYPE, ...(await bearerOf(world.open, world.user)) },
      }),
  },
]
