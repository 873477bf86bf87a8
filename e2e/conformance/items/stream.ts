import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventsOf, OpenStream, type StreamEvent } from '../harness/events.ts'
import { eventually, hasHeader, is, varyStarts } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'
import { stranger } from './general.ts'

/** Events of a stream that ends by itself. */
async function history(t: Target, query: string, headers: Record<string, string> = {}): Promise<StreamEvent[]> {
  const answer = await t.send(`/events-stream?${query}`, { headers })
  is(answer, 200)
  return eventsOf(answer.text)
}

async function putMany(user: User, count: number, folder = '/pub/n/'): Promise<void> {
  for (let start = 0; start < count; start += 25) {
    const group = Array.from({ length: Math.min(25, count - start) }, (_, index) => start + index)
    await Promise.all(group.map((name) => user.store(`${folder}${String(name).padStart(4, '0')}`, String(name))))
  }
}

const paths = (events: readonly StreamEvent[]) => events.map((event) => event.path)

/** Stream. */
export const stream: Item[] = [
  item(150, 'a user is required', async (t) => {
    const answer = await t.send('/events-stream')
    is(answer, 400)
    assert.ok(answer.text.includes('user parameter is required'))
  }),
  item(151, 'at most 50 users', async (t) => {
    const users = Array.from({ length: 51 }, () => `user=${stranger()}`).join('&')
    is(await t.send(`/events-stream?${users}`), 400, 'Too many users. Maximum allowed: 50')
  }),
  item(152, 'a user that is no key', async (t) => {
    const user = await t.newUser()
    for (const query of ['user=invalid_key_not_zbase32', `user=${user.z32}&user=invalid_key_not_zbase32`]) {
      is(await t.send(`/events-stream?${query}`), 400, 'Invalid public key: invalid_key_not_zbase32')
    }
  }),
  item(153, 'a user without account', async (t) => {
    const user = await t.newUser()
    is(await t.send(`/events-stream?user=${stranger()}`), 404, 'Not Found')
    is(await t.send(`/events-stream?user=${user.z32}&user=${stranger()}`), 404, 'Not Found')
  }),
  item(154, 'live and reverse', async (t) => {
    const user = await t.newUser()
    const answer = await t.send(`/events-stream?user=${user.z32}&live=true&reverse=true`)
    is(answer, 400, 'Cannot use live mode with reverse ordering')
  }),
  item(155, 'cursors', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a')
    is(await t.send(`/events-stream?user=${user.z32}:abc123xyz`), 400, 'Invalid cursor: abc123xyz')
    is(await t.send(`/events-stream?user=${user.z32}:-100`), 400, 'Invalid cursor: -100')
    assert.deepEqual(await history(t, `user=${user.z32}:999999999`), [])
  }),
  item(156, 'a limit of nothing', async (t) => {
    const user = await t.newUser()
    is(await t.send(`/events-stream?user=${user.z32}&limit=0`), 400, 'limit must be at least 1')
  }),
  item(157, 'paths without slash and empty paths', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/test.txt')
    await user.store('/pub/other.txt')
    assert.deepEqual(paths(await history(t, `user=${user.z32}&path=pub/test.txt`)), ['/pub/test.txt'])
    assert.equal((await history(t, `user=${user.z32}&path=`)).length, 2)
  }),
  item(158, 'limits', async (t) => {
    const user = await t.newUser()
    await putMany(user, 250)
    for (let index = 0; index < 5; index++) is(await user.delete(`/pub/n/000${index}`), 204)
    assert.equal((await history(t, `user=${user.z32}&limit=255`)).length, 255)
    assert.equal((await history(t, `user=${user.z32}&limit=50`)).length, 50)
  }),
  item(159, 'history, then live', async (t) => {
    const user = await t.newUser()
    await putMany(user, 30)
    const cursor = (await history(t, `user=${user.z32}`)).at(-1)!.cursor
    for (let index = 0; index < 5; index++) is(await user.delete(`/pub/n/000${index}`), 204)
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}:${cursor}&live=true`)
    await eventually(async () => assert.equal(open.events.length, 5))
    await user.store('/pub/live')
    await eventually(async () => assert.equal(open.events.length, 6))
    assert.deepEqual(
      open.events.map((event) => event.type),
      ['DEL', 'DEL', 'DEL', 'DEL', 'DEL', 'PUT'],
    )
  }),
  item(160, 'a limit over both phases', async (t) => {
    const user = await t.newUser()
    await putMany(user, 5)
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true&limit=10`)
    await eventually(async () => assert.equal(open.events.length, 5))
    await putMany(user, 10, '/pub/more/')
    await eventually(async () => assert.ok(open.ended))
    assert.equal(open.events.length, 10)
  }),
  item(161, 'batch mode does not wait', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a')
    assert.equal((await history(t, `user=${user.z32}&limit=10`)).length, 1)
  }),
  item(162, 'content hashes', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a', 'hello')
    is(await user.delete('/pub/a'), 204)
    const hashes = (await history(t, `user=${user.z32}`)).map((event) => event.contentHash)
    assert.deepEqual(hashes, ['6o8WPbOGgpJeRJHF5Y1Ls1Bu+MFOt4qG6QjFYkpnIA8=', undefined])
  }),
  item(163, 'a user without events', async (t) => {
    const user = await t.newUser()
    assert.deepEqual(await history(t, `user=${user.z32}`), [])
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`)
    await user.store('/pub/first')
    await eventually(async () => assert.deepEqual(paths(open.events), ['/pub/first']))
    assert.ok(!open.ended)
  }),
  item(164, 'reverse', async (t) => {
    const user = await t.newUser()
    await putMany(user, 120)
    const forward = await history(t, `user=${user.z32}`)
    assert.deepEqual(await history(t, `user=${user.z32}&reverse=true`), forward.toReversed())
  }),
  item(165, 'two users with cursors', async (t) => {
    const [user, other, third] = [await t.newUser(), await t.newUser(), await t.newUser()]
    for (const one of [user, other, third, user, other]) await one.store(`/pub/${Math.random()}`)
    const all = await history(t, `user=${user.z32}&user=${other.z32}`)
    assert.deepEqual(
      all.map((event) => event.user),
      [user.z32, other.z32, user.z32, other.z32],
    )
    const rest = `user=${user.z32}:${all[0]!.cursor}&user=${other.z32}:${all[1]!.cursor}`
    assert.deepEqual(await history(t, rest), all.slice(2))
  }),
  item(166, 'a path filter', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    for (const one of [user, other]) {
      for (const path of ['/pub/files/a', '/pub/else', '/pub/files/b']) await one.store(path)
    }
    const query = `user=${user.z32}&user=${other.z32}&path=/pub/files/`
    const found = await history(t, query)
    assert.deepEqual(paths(found), ['/pub/files/a', '/pub/files/b', '/pub/files/a', '/pub/files/b'])
    assert.deepEqual(await history(t, `${query}&reverse=true`), found.toReversed())
    const after = await history(t, `user=${user.z32}:${found[0]!.cursor}&path=/pub/files/`)
    assert.deepEqual(paths(after), ['/pub/files/b'])
  }),
  item(167, 'an underscore in a filter is no wildcard', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/my_folder/a')
    await user.store('/pub/myfolder/b')
    await user.store('/pub/myXfolder/c')
    assert.deepEqual(paths(await history(t, `user=${user.z32}&path=/pub/my_folder/`)), ['/pub/my_folder/a'])
  }),
  item(168, 'private events stay private', async (t) => {
    const user = await t.newUser()
    await user.store('/priv/a')
    await user.store('/pub/a')
    assert.deepEqual(paths(await history(t, `user=${user.z32}`)), ['/pub/a'])
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`)
    await user.store('/priv/b')
    await user.store('/pub/b')
    await eventually(async () => assert.equal(open.events.length, 2))
    assert.deepEqual(paths(open.events), ['/pub/a', '/pub/b'])
  }),
  item(169, 'an anonymous private stream', async (t) => {
    const user = await t.newUser()
    const answer = await t.send(`/events-stream?user=${user.z32}&path=/priv/app/`)
    is(answer, 401)
    hasHeader(answer, 'cache-control', 'no-store')
    varyStarts(answer, 'pubky-host, Authorization, Cookie')
  }),
  item(170, 'a private stream with a bearer', async (t) => {
    const user = await t.newUser()
    for (const path of ['/priv/app/a', '/priv/else', '/pub/b']) await user.store(path)
    const { headers } = await user.bearer('/priv/app/:r')
    const query = `user=${user.z32}&path=/priv/app/`
    assert.deepEqual(paths(await history(t, query, headers)), ['/priv/app/a'])
    assert.deepEqual(paths(await history(t, `${query}&path=/pub/`, headers)), ['/priv/app/a', '/pub/b'])
  }),
  item(171, 'a private stream of somebody else', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const { headers } = await user.bearer('/:rw')
    is(await t.send(`/events-stream?user=${other.z32}&path=/priv/app/`, { headers }), 403)
    is(await t.send(`/events-stream?user=${user.z32}&user=${other.z32}&path=/priv/app/`, { headers }), 403)
  }),
  item(172, 'the cookie of the streamed user', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    await user.store('/priv/app/a')
    const query = `/events-stream?user=${user.z32}&path=/priv/app/`
    is(await t.send(query, { headers: { ...user.headers, host: t.pubky } }), 200)
    const renamed = { cookie: user.headers.cookie!.replace(user.z32, other.z32), host: t.pubky }
    is(await t.send(`/events-stream?user=${other.z32}&path=/priv/app/`, { headers: renamed }), 401)
  }),
  item(173, 'a useless bearer disables the cookie here', async (t) => {
    const user = await t.newUser()
    const headers = { ...user.headers, authorization: `Bearer ${'a'.repeat(43)}` }
    const query = `/events-stream?user=${user.z32}&path=/priv/app/`
    is(await t.send(query, { headers }), 401)
    is(await t.send(query, { headers: { ...headers, 'pubky-host': user.z32 } }), 401)
  }),
  item(174, 'scopes of private streams', async (t) => {
    const user = await t.newUser()
    await user.store('/priv/app/a')
    const { headers } = await user.bearer('/priv/app/sub/:r')
    is(await t.send(`/events-stream?user=${user.z32}&path=/priv/app/`, { headers }), 403)
    is(await t.send(`/events-stream?user=${user.z32}&path=/pub/&path=/priv/app/sub/`, { headers }), 200)
  }),
  item(175, 'revocation closes a private stream', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/priv/:r')
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&path=/priv/&live=true`, headers)
    await user.store('/priv/a')
    await eventually(async () => assert.equal(open.events.length, 1))
    is(await t.send('/auth/grant/session', { method: 'DELETE', headers }), 200)
    await user.store('/priv/b')
    await eventually(async () => assert.ok(open.ended))
    assert.deepEqual(paths(open.events), ['/priv/a'])
  }),
  item(176, 'sign-out closes only its own streams', async (t) => {
    const user = await t.newUser()
    const other = await user.signIn()
    const path = `/events-stream?user=${user.z32}&path=/priv/&live=true`
    using first = await OpenStream.open(t.url, path, user.headers)
    using second = await OpenStream.open(t.url, path, other)
    is(await t.send('/session', { method: 'DELETE', headers: { ...user.headers, 'pubky-host': user.z32 } }), 200)
    await eventually(async () => assert.ok(first.ended))
    is(await t.send(user.at('/priv/a'), { method: 'PUT', headers: other, body: 'x' }), 201)
    await eventually(async () => assert.deepEqual(paths(second.events), ['/priv/a']))
    assert.ok(!second.ended)
  }),
  item(177, 'revocations leave public streams alone', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/:rw')
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`, headers)
    is(await t.send('/auth/grant/session', { method: 'DELETE', headers }), 200)
    await user.store('/pub/after')
    await eventually(async () => assert.deepEqual(paths(open.events), ['/pub/after']))
  }),
  item(178, 'an idle stream is kept alive', async (t) => {
    const user = await t.newUser()
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`)
    await eventually(async () => assert.ok(open.comments > 0), 20)
  }),
  item(
    179,
    'a second instance delivers too',
    async (t) => {
      const other = t.second()
      const user = await t.newUser()
      await user.store('/pub/before')
      const url = `/events-stream?user=${user.z32}&live=true`
      using here = await OpenStream.open(t.url, url)
      using there = await OpenStream.open(other.url, url)
      for (let round = 0; round < 10; round += 1) {
        await user.store(`/pub/${round}/here`)
        const put = { method: 'PUT', headers: user.headers, body: 'x' }
        is(await other.send(user.at(`/pub/${round}/there`), put), 201)
        is(await other.send(user.at(`/pub/${round}/here`), { method: 'DELETE', headers: user.headers }), 204)
      }
      await eventually(async () => assert.equal(there.events.length, 31))
      await eventually(async () => assert.equal(here.events.length, 31))
      // Each event once, in the same order on both, which is the order in which the answers came.
      assert.deepEqual(there.events, here.events)
      assert.deepEqual(
        here.events.slice(1, 4).map(({ type, path }) => `${type} ${path}`),
        ['PUT /pub/0/here', 'PUT /pub/0/there', 'DEL /pub/0/here'],
      )
      const cursors = here.events.map(({ cursor }) => cursor)
      assert.deepEqual(
        cursors,
        [...new Set(cursors)].toSorted((a, b) => a - b),
      )
      // What one has acknowledged the other shows at once, in the history too.
      await user.store('/pub/last')
      assert.equal((await history(other, `user=${user.z32}`)).at(-1)?.path, '/pub/last')
    },
    { needs: ['second-instance'] },
  ),
  item(180, 'a client that does not read is disconnected', async (t) => {
    const user = await t.newUser()
    using open = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`)
    open.stall()
    // Long names fill the socket buffers of both sides before the server's own buffer.
    const folder = `/pub/${'a'.repeat(250)}/${'b'.repeat(250)}/${'c'.repeat(250)}/`
    const total = 12_000
    await putMany(user, total, folder)
    await sleep(500)
    open.resume()
    await eventually(async () => assert.ok(open.ended), 20)
    assert.ok(open.events.length < total)
  }),
]
