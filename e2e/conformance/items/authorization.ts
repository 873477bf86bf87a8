import { is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'

const NO_SESSION = 'No authenticated session found'
const WRONG_USER = 'Session user does not match target tenant'
const NO_WRITE = 'Session does not have write access to path'

/** Authorization. */
export const authorization: Item[] = [
  item(67, 'writes without credentials', async (t) => {
    const user = await t.newUser()
    is(await t.send(user.at('/pub/foo.txt'), { method: 'PUT', body: 'x' }), 401, NO_SESSION)
    is(await t.send(user.at('/pub/foo.txt'), { method: 'DELETE' }), 401, NO_SESSION)
  }),
  item(68, 'the cookie of another user is not selected', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const { headers } = other
    is(await t.send(user.at('/pub/foo.txt'), { method: 'PUT', headers, body: 'x' }), 401, NO_SESSION)
    is(await t.send(user.at('/pub/foo.txt'), { method: 'DELETE', headers }), 401, NO_SESSION)
  }),
  item(69, 'the bearer of another user', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const { headers } = await other.bearer('/:rw')
    is(await t.send(user.at('/pub/foo.txt'), { method: 'PUT', headers, body: 'x' }), 403, WRONG_USER)
  }),
  item(70, 'a scoped bearer', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/pub/pubky.app/:rw,/pub/foo.bar/file:r')
    is(await t.send(user.at('/pub/pubky.app/foo'), { method: 'PUT', headers, body: 'x' }), 201)
    is(await t.send(user.at('/pub/pubky.app'), { method: 'PUT', headers, body: 'x' }), 403, NO_WRITE)
    is(await t.send(user.at('/pub/foo.bar/file'), { method: 'PUT', headers, body: 'x' }), 403, NO_WRITE)
  }),
  item(71, 'a scope of one file', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/pub/app:w')
    is(await t.send(user.at('/pub/app/foo'), { method: 'PUT', headers, body: 'x' }), 403, NO_WRITE)
    is(await t.send(user.at('/pub/app-evil/file'), { method: 'PUT', headers, body: 'x' }), 403, NO_WRITE)
    is(await t.send(user.at('/pub/app'), { method: 'PUT', headers, body: 'x' }), 201)
  }),
  item(72, 'a read-only root', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/:r')
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' }), 403, NO_WRITE)
  }),
  item(73, 'useless bearers do not disturb public reads', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a', 'public')
    const revoked = await user.bearer('/:rw')
    is(await t.send('/auth/grant/session', { method: 'DELETE', headers: revoked.headers }), 200)
    for (const token of [revoked.token, 'a'.repeat(43), 'b'.repeat(200)]) {
      const headers = { authorization: `Bearer ${token}` }
      is(await t.send(user.at('/pub/a'), { headers }), 200, 'public')
      is(await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' }), 401, NO_SESSION)
    }
  }),
  item(74, 'a useless bearer falls back to the cookie', async (t) => {
    const user = await t.newUser()
    const headers = { ...user.headers, authorization: `Bearer ${'a'.repeat(43)}` }
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' }), 201)
  }),
  item(75, 'a good bearer wins over a cookie', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const headers = { ...user.headers, ...(await other.bearer('/:rw')).headers }
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' }), 403, WRONG_USER)
  }),
  item(76, 'other schemes are ignored', async (t) => {
    const user = await t.newUser()
    const headers = { authorization: 'Basic dXNlcjpwYXNz' }
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' }), 401, NO_SESSION)
    is(await user.put('/pub/a', 'x', { headers }), 201)
  }),
  item(
    77,
    'a disabled user reads, deletes and signs in, but does not write',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/a', 'kept')
      is(await t.sendAdmin(`/users/${user.z32}/disable`, { method: 'POST' }), 200)
      is(await user.read('/pub/a'), 200, 'kept')
      is(await user.put('/pub/a', 'x'), 403, 'User is disabled')
      is(await user.delete('/pub/a'), 204)
      is(await t.send('/session', { method: 'DELETE', headers: { ...user.headers, 'pubky-host': user.z32 } }), 200)
      await user.signIn()
      await user.bearer('/:rw')
    },
    { needs: ['admin'] },
  ),
  item(
    78,
    'allowed write paths',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/other/old.json', '1')
      const patch = await t.sendAdmin(`/users/${user.z32}/quota`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ allowed_write_paths: ['/pub/tokens/'] }),
      })
      is(patch, 200)
      const refused = 'Write to this path is not allowed'
      is(await user.put('/pub/tokens/foo.json', '1'), 201)
      is(await user.put('/pub/other/bar.json', '1'), 403, refused)
      is(await user.delete('/pub/other/old.json'), 403, refused)
      is(await user.read('/pub/other/old.json'), 200, '1')
      is(await user.delete('/pub/tokens/foo.json'), 204)
    },
    { needs: ['admin'] },
  ),
]
