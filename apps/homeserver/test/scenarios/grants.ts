/** Grants with proof of possession. */
import { SIGNUP_CLIENT_ID } from '@pubky/protocol'
import { bearerOf, exchange, freshId, grantApp, JSON_TYPE, nowSeconds, type TestApp } from '../support/grants.ts'
import type { Scenario, World } from '../support/world.ts'

/** A good sign-up grant of somebody new, with these claims changed. */
function signupGrant(world: World, claims: object = {}, capabilities = '/:rw'): TestApp {
  const defaults = { clientId: SIGNUP_CLIENT_ID, expiresAt: nowSeconds() + 200 }
  return grantApp(world.open, world.stranger(), capabilities, { ...defaults, ...claims })
}

export const GRANT_SCENARIOS: readonly Scenario[] = [
  {
    operation: 'POST /auth/grant/signup',
    name: 'signs up',
    status: 204,
    body: '',
    run: (world) => world.postJson('/auth/grant/signup', signupGrant(world).body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'no sign-up grant',
    status: 400,
    body: 'signup grants must use client_id pubky.signup',
    run: (world) => world.postJson('/auth/grant/signup', signupGrant(world, { clientId: 'test.app' }).body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'long grant',
    status: 400,
    body: 'signup grant lifetime exceeds 5 minutes',
    run: (world) => world.postJson('/auth/grant/signup', signupGrant(world, { expiresAt: nowSeconds() + 301 }).body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'token twice',
    status: 400,
    body: /^Failed to deserialize query string/,
    run: (world) => world.postJson('/auth/grant/signup?signup_token=a&signup_token=b', signupGrant(world).body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'expired',
    status: 401,
    body: 'Invalid grant: grant has expired',
    run: (world) => world.postJson('/auth/grant/signup', signupGrant(world, { expiresAt: nowSeconds() - 1 }).body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'no root',
    status: 403,
    body: 'Root capability required',
    run: (world) => world.postJson('/auth/grant/signup', signupGrant(world, {}, '/pub/:rw').body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'user exists',
    status: 409,
    body: 'User already exists',
    run: (world) =>
      world.postJson(
        '/auth/grant/signup',
        grantApp(world.open, world.user, '/:rw', { clientId: SIGNUP_CLIENT_ID, expiresAt: nowSeconds() + 200 }).body(),
      ),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'large body',
    status: 413,
    run: (world) => world.postJson('/auth/grant/signup', 'x'.repeat(2_097_153)),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'other type',
    status: 415,
    body: 'Expected request with `Content-Type: application/json`',
    run: (world) => world.post('/auth/grant/signup', signupGrant(world).body()),
  },
  {
    operation: 'POST /auth/grant/signup',
    name: 'no members',
    status: 422,
    body: /^Failed to deserialize the JSON body into the target type: /,
    run: (world) => world.postJson('/auth/grant/signup', '{}'),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'exchanges',
    status: 200,
    run: (world) => exchange(world.open, grantApp(world.open, world.user)),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'no JSON',
    status: 400,
    body: /^Failed to parse the request body as JSON: /,
    run: (world) => world.postJson('/auth/grant/session', '{'),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'malformed grant',
    status: 400,
    body: 'Invalid grant: invalid grant format',
    run: (world) => world.postJson('/auth/grant/session', JSON.stringify({ grant: 'a.b.c', pop: 'a.b.c' })),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'replayed proof',
    status: 401,
    body: 'PoP nonce already used',
    run: async (world) => {
      const app = grantApp(world.open, world.user)
      const body = app.body()
      await world.postJson('/auth/grant/session', body)
      return world.postJson('/auth/grant/session', body)
    },
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'grant id of somebody else',
    status: 401,
    body: /^Invalid grant: /,
    run: async (world) => {
      const app = grantApp(world.open, world.user)
      await exchange(world.open, app)
      return exchange(world.open, grantApp(world.open, world.other, '/:rw', { grantId: app.grantId }))
    },
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'no such user',
    status: 404,
    body: 'Not Found',
    run: (world) => exchange(world.open, grantApp(world.open, world.stranger())),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'large body',
    status: 413,
    run: (world) => world.postJson('/auth/grant/session', 'x'.repeat(2_097_153)),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'other type',
    status: 415,
    run: (world) => world.post('/auth/grant/session', '{}'),
  },
  {
    operation: 'POST /auth/grant/session',
    name: 'two parts',
    status: 422,
    body: /JWS Compact Serialization must have exactly 3 dot-separated parts/,
    run: (world) => world.postJson('/auth/grant/session', JSON.stringify({ grant: 'a.b', pop: 'a.b.c' })),
  },
  {
    operation: 'GET /auth/grant/session',
    name: 'shows',
    status: 200,
    run: async (world) => world.open.send('/auth/grant/session', { headers: await bearerOf(world.open, world.user) }),
  },
  {
    operation: 'GET /auth/grant/session',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.open.send('/auth/grant/session'),
  },
  {
    operation: 'GET /auth/grant/session',
    name: 'cookie',
    status: 401,
    body: 'Unauthorized',
    run: (world) =>
      world.open.send('/auth/grant/session', { headers: { 'pubky-host': world.user.z32, cookie: world.user.cookie } }),
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'nothing to revoke',
    status: 200,
    body: '',
    run: (world) => world.open.send('/auth/grant/session', { method: 'DELETE' }),
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'malformed grant',
    status: 400,
    body: 'Invalid grant: invalid grant format',
    run: (world) =>
      world.open.send('/auth/grant/session', {
        method: 'DELETE',
        headers: JSON_TYPE,
        body: JSON.stringify({ grant: 'a.b.c', pop: 'a.b.c' }),
      }),
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'proof of another key',
    status: 401,
    body: 'Invalid PoP proof: invalid PoP signature',
    run: async (world) => {
      const app = grantApp(world.open, world.user)
      await exchange(world.open, app)
      return world.open.send('/auth/grant/session', {
        method: 'DELETE',
        headers: JSON_TYPE,
        body: JSON.stringify({
          grant: app.grant,
          pop: grantApp(world.open, world.user).proof({ grantId: app.grantId }),
        }),
      })
    },
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'stored for somebody else',
    status: 403,
    body: 'Grant does not belong to authenticated user',
    run: async (world) => {
      const app = grantApp(world.open, world.user)
      await exchange(world.open, app)
      return world.open.send('/auth/grant/session', {
        method: 'DELETE',
        headers: JSON_TYPE,
        body: grantApp(world.open, world.other, '/:rw', { grantId: app.grantId }).body(),
      })
    },
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'unknown grant',
    status: 404,
    body: 'Not Found',
    run: (world) =>
      world.open.send('/auth/grant/session', {
        method: 'DELETE',
        headers: JSON_TYPE,
        body: grantApp(world.open, world.user).body(),
      }),
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'large body',
    status: 413,
    run: (world) =>
      world.open.send('/auth/grant/session', { method: 'DELETE', headers: JSON_TYPE, body: 'x'.repeat(2_097_153) }),
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'other type',
    status: 415,
    run: (world) =>
      world.open.send('/auth/grant/session', { method: 'DELETE', headers: { 'content-type': 'text/plain' } }),
  },
  {
    operation: 'DELETE /auth/grant/session',
    name: 'no members',
    status: 422,
    run: (world) => world.open.send('/auth/grant/session', { method: 'DELETE', headers: JSON_TYPE, body: '{}' }),
  },
  {
    operation: 'GET /auth/grant/sessions',
    name: 'lists',
    status: 200,
    run: async (world) => world.open.send('/auth/grant/sessions', { headers: await bearerOf(world.open, world.user) }),
  },
  {
    operation: 'GET /auth/grant/sessions',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.open.send('/auth/grant/sessions'),
  },
  {
    operation: 'GET /auth/grant/sessions',
    name: 'no root',
    status: 403,
    body: 'Root capability required',
    run: async (world) =>
      world.open.send('/auth/grant/sessions', { headers: await bearerOf(world.open, world.user, '/pub/:rw') }),
  },
  {
    operation: 'DELETE /auth/grant/session/{gid}',
    name: 'revokes',
    status: 200,
    body: '',
    run: async (world) => {
      const app = grantApp(world.open, world.user)
      await exchange(world.open, app)
      return world.open.send(`/auth/grant/session/${app.grantId}`, {
        method: 'DELETE',
        headers: await bearerOf(world.open, world.user),
      })
    },
  },
  {
    operation: 'DELETE /auth/grant/session/{gid}',
    name: 'no id',
    status: 400,
    body: 'Invalid grant ID format',
    run: async (world) =>
      world.open.send('/auth/grant/session/a%2Fb', {
        method: 'DELETE',
        headers: await bearerOf(world.open, world.user),
      }),
  },
  {
    operation: 'DELETE /auth/grant/session/{gid}',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.open.send('/auth/grant/session/x', { method: 'DELETE' }),
  },
  {
    operation: 'DELETE /auth/grant/session/{gid}',
    name: 'not yours',
    status: 403,
    body: 'Grant does not belong to authenticated user',
    run: async (world) => {
      const app = grantApp(world.open, world.other)
      await exchange(world.open, app)
      return world.open.send(`/auth/grant/session/${app.grantId}`, {
        method: 'DELETE',
        headers: await bearerOf(world.open, world.user),
      })
    },
  },
  {
    operation: 'DELETE /auth/grant/session/{gid}',
    name: 'unknown',
    status: 404,
    body: 'Not Found',
    run: async (world) =>
      world.open.send(`/auth/grant/session/${freshId()}`, {
        method: 'DELETE',
        headers: await bearerOf(world.open, world.user),
      }),
  },
]
