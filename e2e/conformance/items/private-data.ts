import assert from 'node:assert/strict'
import { hasHeader, is, listed, varyStarts } from '../harness/expect.ts'
import type { Answer } from '../harness/http.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'

const FILE = '/priv/app/secret.txt'

async function withSecret(t: Target): Promise<User> {
  const user = await t.newUser()
  await user.store(FILE, 'secret')
  return user
}

/** Every request an outsider may try on private data, existing and missing alike. */
function attempts(t: Target, user: User, headers: Readonly<Record<string, string>>): Promise<Answer>[] {
  return [
    t.send(user.at(FILE), { method: 'PUT', headers, body: 'x' }),
    t.send(user.at(FILE), { method: 'DELETE', headers }),
    t.send(user.at(FILE), { headers }),
    t.send(user.at(FILE), { method: 'HEAD', headers }),
    t.send(user.at('/priv/app/missing'), { headers }),
    t.send(user.at('/priv/app/missing'), { method: 'HEAD', headers }),
    t.send(user.at('/priv/app/'), { headers }),
  ]
}

/** Private data. */
export const privateData: Item[] = [
  item(79, 'anonymous access is 401, whatever exists', async (t) => {
    const user = await withSecret(t)
    for (const answer of await Promise.all(attempts(t, user, {}))) is(answer, 401)
  }),
  item(80, 'another scope is 403, whatever exists', async (t) => {
    const user = await withSecret(t)
    const { headers } = await user.bearer('/priv/other/:rw')
    for (const answer of await Promise.all(attempts(t, user, headers))) is(answer, 403)
  }),
  item(81, 'another user is 403', async (t) => {
    const [user, other] = [await withSecret(t), await t.newUser()]
    const { headers } = await other.bearer('/priv/app/:rw')
    for (const answer of await Promise.all(attempts(t, user, headers))) is(answer, 403)
  }),
  item(82, 'the right scope writes, reads and deletes', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/priv/app/:rw')
    is(await t.send(user.at(FILE), { method: 'PUT', headers, body: 'mine' }), 201)
    is(await t.send(user.at(FILE), { headers }), 200, 'mine')
    is(await t.send(user.at(FILE), { method: 'DELETE', headers }), 204)
  }),
  item(83, 'the owner sees that a file is missing', async (t) => {
    const user = await t.newUser()
    is(await user.send('/priv/app/missing'), 404)
  }),
  item(84, 'the right tag opens nothing', async (t) => {
    const user = await withSecret(t)
    const { headers } = await user.send(FILE)
    is(await user.read(FILE, { headers: { 'if-none-match': headers.etag! } }), 401)
  }),
  item(85, 'listings of private folders', async (t) => {
    const user = await withSecret(t)
    await user.store('/priv/app/b.txt')
    assert.deepEqual(listed(await user.send('/priv/app/')), ['/priv/app/b.txt', FILE])
    is(await user.read('/priv/app/'), 401)
    is(await user.read('/priv/nothing/'), 401)
  }),
  item(86, 'header policy, legacy', async (t) => {
    const user = await withSecret(t)
    const { etag } = (await user.send(FILE)).headers
    const { headers: scoped } = await user.bearer('/priv/other/:rw')
    const at = { 'pubky-host': user.z32 }
    const mine = { ...at, ...user.headers }
    const good = [
      await t.send(FILE, { headers: mine }),
      await t.send(FILE, { headers: { ...mine, 'if-none-match': etag! } }),
      await t.send(FILE, { method: 'HEAD', headers: mine }),
    ]
    assert.deepEqual(
      good.map((answer) => answer.status),
      [200, 304, 200],
    )
    for (const answer of good) assert.ok(answer.headers.etag && answer.headers['last-modified'])
    const listing = await t.send('/priv/app/', { headers: mine })
    is(listing, 200)
    const bad = [
      await t.send(FILE, { headers: at }),
      await t.send(FILE, { headers: { ...at, ...scoped } }),
      await t.send('/priv/app/missing', { headers: mine }),
    ]
    assert.deepEqual(
      bad.map((answer) => answer.status),
      [401, 403, 404],
    )
    for (const answer of bad) assert.equal(answer.headers.etag ?? answer.headers['last-modified'], undefined)
    for (const answer of [...good, listing, ...bad]) {
      hasHeader(answer, 'cache-control', 'no-store')
      varyStarts(answer, 'pubky-host, Authorization, Cookie')
    }
  }),
  item(87, 'Vary of a path-addressed private read', async (t) => {
    const user = await withSecret(t)
    varyStarts(await user.send(FILE), 'Authorization, Cookie')
  }),
  item(88, 'a write-only scope does not read', async (t) => {
    const user = await withSecret(t)
    const { headers } = await user.bearer('/priv/:w')
    is(await t.send(user.at(FILE), { headers }), 403, 'Session does not have read access to path')
  }),
  item(89, 'a scope below does not list above', async (t) => {
    const user = await withSecret(t)
    const { headers } = await user.bearer('/priv/app/:r')
    is(await t.send(user.at('/priv/'), { headers }), 403)
    is(await t.send(user.at('/priv/app/'), { headers }), 200)
  }),
]
