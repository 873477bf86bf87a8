/** Write locks. */
import { LOCKINFO, type Scenario } from '../support/world.ts'

export const LOCK_SCENARIOS: readonly Scenario[] = [
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'locks',
    status: 200,
    run: (world) => world.user.send('/pub/state', { method: 'LOCK', body: LOCKINFO }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'folder',
    status: 400,
    body: 'Target path must be a file',
    run: (world) => world.user.send('/pub/dir/', { method: 'LOCK' }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'shared',
    status: 400,
    body: 'Only exclusive write locks are supported',
    run: (world) => world.user.send('/pub/state', { method: 'LOCK', body: '<D:lockinfo/>' }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'no session',
    status: 401,
    body: 'Unauthorized',
    run: (world) => world.user.anonymously('/pub/state', { method: 'LOCK' }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'outside the roots',
    status: 403,
    body: "Writing to directories other than '/pub/' and '/priv/' is forbidden",
    run: (world) => world.user.send('/other/x', { method: 'LOCK' }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'disabled',
    status: 403,
    body: 'User is disabled',
    run: async (world) => {
      await world.disabled()
      return world.user.send('/pub/state', { method: 'LOCK' })
    },
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'dead token',
    status: 412,
    body: 'The If header does not name the live lock on this path',
    run: (world) => world.user.send('/pub/state', { method: 'LOCK', headers: { if: '(<opaquelocktoken:x>)' } }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'large lockinfo',
    status: 413,
    body: 'lockinfo body too large',
    run: (world) => world.user.send('/pub/state', { method: 'LOCK', body: Buffer.alloc(16_385) }),
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'locked',
    status: 423,
    body: 'Resource is locked',
    run: async (world) => {
      await world.lock('/pub/file')
      return world.user.send('/pub/file', { method: 'LOCK' })
    },
  },
  {
    operation: 'LOCK /storage/{owner}/{path}',
    name: 'too many',
    status: 429,
    run: async (world) => {
      for (const name of ['a', 'b', 'c']) await world.lock(`/pub/lock-${name}`)
      return world.user.send('/pub/lock-d', { method: 'LOCK' })
    },
  },
  {
    operation: 'UNLOCK /storage/{owner}/{path}',
    name: 'unlocks',
    status: 204,
    body: '',
    run: async (world) =>
      world.user.send('/pub/file', {
        method: 'UNLOCK',
        headers: { 'lock-token': `<opaquelocktoken:${await world.lock('/pub/file')}>` },
      }),
  },
  {
    operation: 'UNLOCK /storage/{owner}/{path}',
    name: 'no token',
    status: 400,
    body: 'Missing or malformed Lock-Token header',
    run: (world) => world.user.send('/pub/file', { method: 'UNLOCK' }),
  },
  {
    operation: 'UNLOCK /storage/{owner}/{path}',
    name: 'no session',
    status: 401,
    body: 'Unauthorized',
    run: (world) => world.user.anonymously('/pub/file', { method: 'UNLOCK' }),
  },
  {
    operation: 'UNLOCK /storage/{owner}/{path}',
    name: 'outside the roots',
    status: 403,
    run: (world) => world.user.send('/other/x', { method: 'UNLOCK' }),
  },
  {
    operation: 'UNLOCK /storage/{owner}/{path}',
    name: 'unknown token',
    status: 409,
    body: 'No lock with this token on this path',
    run: (world) =>
      world.user.send('/pub/file', { method: 'UNLOCK', headers: { 'lock-token': '<opaquelocktoken:x>' } }),
  },
]
