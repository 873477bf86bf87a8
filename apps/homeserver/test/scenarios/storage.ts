/** Reading, writing and deleting files. */
import { bearerOf } from '../support/grants.ts'
import type { Scenario } from '../support/world.ts'

const TEXT_BODY = { method: 'PUT', body: 'new' }

export const STORAGE_SCENARIOS: readonly Scenario[] = [
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'stores',
    status: 201,
    body: '',
    run: (world) => world.user.send('/pub/new', TEXT_BODY),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'folder',
    status: 400,
    body: 'Target path must be a file',
    run: (world) => world.user.send('/pub/dir/', TEXT_BODY),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.user.anonymously('/pub/x', TEXT_BODY),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'outside the roots',
    status: 403,
    body: "Writing to directories other than '/pub/' and '/priv/' is forbidden",
    run: (world) => world.user.send('/other/x', TEXT_BODY),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'other user',
    status: 403,
    body: 'Session user does not match target tenant',
    run: async (world) =>
      world.user.anonymously('/pub/x', { ...TEXT_BODY, headers: await bearerOf(world.open, world.other) }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'not covered',
    status: 403,
    body: 'Session does not have write access to path',
    run: async (world) =>
      world.user.anonymously('/pub/x', {
        ...TEXT_BODY,
        headers: await bearerOf(world.open, world.user, '/pub/app/:rw'),
      }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'key delivery only',
    status: 403,
    body: 'Session does not have write access to path',
    run: async (world) =>
      world.user.anonymously('/pub/x', { ...TEXT_BODY, headers: await bearerOf(world.open, world.user, '/pub/:e') }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'disabled',
    status: 403,
    body: 'User is disabled',
    run: async (world) => {
      await world.disabled()
      return world.user.send('/pub/x', TEXT_BODY)
    },
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'path not allowed',
    status: 403,
    body: 'Write to this path is not allowed',
    run: async (world) => {
      await world.limited({ allowed_write_paths: ['/pub/ok/'] })
      return world.user.send('/pub/x', TEXT_BODY)
    },
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'below a file',
    status: 409,
    body: 'File/folder path collision',
    run: (world) => world.user.send('/pub/file/x', TEXT_BODY),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'onto something',
    status: 412,
    run: (world) => world.user.send('/pub/file', { ...TEXT_BODY, headers: { 'if-none-match': '*' } }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'onto another version',
    status: 412,
    run: (world) => world.user.send('/pub/file', { ...TEXT_BODY, headers: { 'if-match': '"zzz"' } }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'with a dead lock',
    status: 412,
    body: 'The If header does not name the live lock on this path',
    run: (world) => world.user.send('/pub/file', { ...TEXT_BODY, headers: { if: '(<opaquelocktoken:x>)' } }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'too large',
    status: 413,
    run: (world) => world.user.send('/pub/x', { method: 'PUT', body: Buffer.alloc(200_001) }),
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'locked',
    status: 423,
    body: 'Resource is locked',
    run: async (world) => {
      await world.lock('/pub/file')
      return world.user.send('/pub/file', TEXT_BODY)
    },
  },
  {
    operation: 'PUT /storage/{owner}/{path}',
    name: 'over quota',
    status: 507,
    body: 'Disk space quota exceeded',
    run: async (world) => {
      await world.limited({ storage_quota_mb: 0 })
      return world.user.send('/pub/x', TEXT_BODY)
    },
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'deletes',
    status: 204,
    body: '',
    run: (world) => world.user.send('/pub/file', { method: 'DELETE' }),
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'folder',
    status: 400,
    body: 'Target path must be a file',
    run: (world) => world.user.send('/pub/', { method: 'DELETE' }),
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'no session',
    status: 401,
    body: 'No authenticated session found',
    run: (world) => world.user.anonymously('/pub/file', { method: 'DELETE' }),
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'not covered',
    status: 403,
    body: 'Session does not have write access to path',
    run: async (world) =>
      world.user.anonymously('/pub/file', {
        method: 'DELETE',
        headers: await bearerOf(world.open, world.user, '/pub/file:r'),
      }),
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'path not allowed',
    status: 403,
    body: 'Write to this path is not allowed',
    run: async (world) => {
      await world.limited({ allowed_write_paths: [] })
      return world.user.send('/pub/file', { method: 'DELETE' })
    },
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'nothing there',
    status: 404,
    body: 'Not Found',
    run: (world) => world.user.send('/pub/none', { method: 'DELETE' }),
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'another version',
    status: 412,
    run: (world) => world.user.send('/pub/file', { method: 'DELETE', headers: { 'if-match': '"zzz"' } }),
  },
  {
    operation: 'DELETE /storage/{owner}/{path}',
    name: 'locked',
    status: 423,
    body: 'Resource is locked',
    run: async (world) => {
      await world.lock('/pub/file')
      return world.user.send('/pub/file', { method: 'DELETE' })
    },
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'reads',
    status: 200,
    body: 'content',
    run: (world) => world.user.anonymously('/pub/file'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'a part',
    status: 206,
    body: 'nt',
    run: (world) => world.user.anonymously('/pub/file', { headers: { range: 'bytes=2-3' } }),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'unchanged',
    status: 304,
    body: '',
    run: (world) => world.user.anonymously('/pub/file', { headers: { 'if-none-match': '*' } }),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'bad boolean',
    status: 400,
    body: 'Invalid boolean parameter',
    run: (world) => world.user.anonymously('/pub/file?shallow=maybe'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'bad cursor',
    status: 400,
    body: 'Invalid cursor',
    run: (world) => world.user.anonymously('/pub/?cursor=x'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'private without session',
    status: 401,
    body: 'Authentication required to read private storage',
    run: (world) => world.user.anonymously('/priv/secret'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'private of somebody else',
    status: 403,
    body: 'Session user does not match target tenant',
    run: async (world) => world.user.anonymously('/priv/secret', { headers: await bearerOf(world.open, world.other) }),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'private and not covered',
    status: 403,
    body: 'Session does not have read access to path',
    run: async (world) =>
      world.user.anonymously('/priv/secret', { headers: await bearerOf(world.open, world.user, '/priv/:w') }),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'outside the roots',
    status: 403,
    body: "Reading from directories other than '/pub/' and '/priv/' is forbidden",
    run: (world) => world.user.send('/pub'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'no such file',
    status: 404,
    body: 'Not Found',
    run: (world) => world.user.anonymously('/pub/none'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'no such folder',
    status: 404,
    body: 'Directory Not Found',
    run: (world) => world.user.anonymously('/pub/none/'),
  },
  {
    operation: 'GET /storage/{owner}/{path}',
    name: 'beyond the end',
    status: 416,
    run: (world) => world.user.anonymously('/pub/file', { headers: { range: 'bytes=7-' } }),
  },
  {
    operation: 'HEAD /storage/{owner}/{path}',
    name: 'reads',
    status: 200,
    run: (world) => world.user.anonymously('/pub/file', { method: 'HEAD' }),
  },
  {
    operation: 'HEAD /storage/{owner}/{path}',
    name: 'bad path',
    status: 400,
    run: (world) => world.open.send(`/storage/${world.user.z32}/..`, { method: 'HEAD' }),
  },
  {
    operation: 'HEAD /storage/{owner}/{path}',
    name: 'private without session',
    status: 401,
    run: (world) => world.user.anonymously('/priv/secret', { method: 'HEAD' }),
  },
  {
    operation: 'HEAD /storage/{owner}/{path}',
    name: 'outside the roots',
    status: 403,
    run: (world) => world.user.send('/x', { method: 'HEAD' }),
  },
  {
    operation: 'HEAD /storage/{owner}/{path}',
    name: 'folder',
    status: 404,
    run: (world) => world.user.anonymously('/pub/', { method: 'HEAD' }),
  },
]
