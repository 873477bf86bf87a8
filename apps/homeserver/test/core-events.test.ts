import { Keypair } from '@pubky/crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { StreamEnd, StreamRequest } from '../src/events/event-streams.ts'
import { signal, TestCore, TestSink } from './support/open-test-core.ts'

let at: TestCore

beforeEach(async () => {
  at = await TestCore.inMemory()
})
afterEach(async () => {
  await at[Symbol.asyncDispose]()
})

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error) => error.code,
  )
type SignedUp = Awaited<ReturnType<TestCore['signUp']>>

const put = (who: SignedUp, path: string, body: string | Uint8Array = 'x') =>
  at.put(who.session, who.tenant, path, body)
const remove = (who: SignedUp, path: string) =>
  at.core.files.delete({ session: who.session, tenant: who.tenant, path, lockTokens: [] })

function request(
  users: (SignedUp | [SignedUp, string | number])[],
  changes: Partial<StreamRequest> = {},
): StreamRequest {
  const named = users.map((entry) => (Array.isArray(entry) ? entry : ([entry, undefined] as const)))
  return {
    users: named.map(([{ tenant }, cursor]) => ({
      user: tenant,
      cursor: cursor === undefined ? undefined : `${cursor}`,
    })),
    paths: [],
    limit: undefined,
    reverse: false,
    live: false,
    session: undefined,
    ...changes,
  }
}

async function start(asked: StreamRequest): Promise<{ sink: TestSink; end: Promise<StreamEnd>; stop: () => void }> {
  const stream = await at.core.eventStreams.open(asked)
  const sink = new TestSink()
  const stopping = new AbortController()
  return { sink, end: stream.run(sink, stopping.signal), stop: () => stopping.abort() }
}

async function history(asked: StreamRequest): Promise<TestSink> {
  const { sink, end } = await start(asked)
  await end
  return sink
}

describe('feed', () => {
  test('pages of public events, oldest first, by any form of cursor', async () => {
    const a = await at.signUp()
    for (let index = 0; index < 5; index += 1) {
      await put(a, `/pub/${index}`)
      await put(a, `/priv/${index}`)
    }
    const { eventLog } = at.core
    const first = await eventLog.publicEvents(undefined, 3)
    expect(first.map(({ path }) => path)).toEqual(['/pub/0', '/pub/1', '/pub/2'])
    const last = first.at(-1)
    const rest = ['/pub/3', '/pub/4']
    for (const cursor of [`${last?.id}`, `pubky://${last?.id}`, `+00${last?.id}`]) {
      expect((await eventLog.publicEvents(cursor, 3)).map(({ path }) => path)).toEqual(rest)
    }
    const { formatTimestamp } = await import('@pubky/protocol')
    const legacy = formatTimestamp(BigInt(last?.at ?? 0))
    expect((await eventLog.publicEvents(legacy, 3)).map(({ path }) => path)).toEqual(rest)
    expect(await eventLog.publicEvents('', 100)).toHaveLength(5)
    expect(await eventLog.publicEvents('999999999', 100)).toHaveLength(0)
    expect(await eventLog.publicEvents('9223372036854775807', 100)).toHaveLength(0)
    for (const cursor of [
      'pubky://',
      'abc',
      '-1',
      '9223372036854775808',
      '0034EJ2641000',
      'ZZZZZZZZZZZZZ',
      '1.5',
      '99'.repeat(50),
    ]) {
      expect(await code(eventLog.publicEvents(cursor, 3)), cursor).toBe('cursor-invalid')
    }
  })
})

describe('history', () => {
  test('frames are those of spec 02 §11.3.5', async () => {
    const a = await at.signUp()
    await put(a, '/pub/example.txt', '')
    await remove(a, '/pub/example.txt')
    const { received } = await history(request([a]))
    expect(received).toEqual([
      `event: PUT\ndata: pubky://${a.tenant}/pub/example.txt\ndata: cursor: 1\ndata: content_hash: rxNJufX5oaagQE3qNtzJSZvLJcmtwRK3zJqTyuQfMmI=`,
      `event: DEL\ndata: pubky://${a.tenant}/pub/example.txt\ndata: cursor: 2`,
    ])
  })

  test('more than a batch, limits, reverse, resuming (spec 02 §18 items 158–166)', async () => {
    const a = await at.signUp()
    for (let index = 0; index < 250; index += 1) await put(a, `/pub/${index % 5}`)
    for (let index = 0; index < 5; index += 1) await remove(a, `/pub/${index}`)
    const all = await history(request([a]))
    expect(all.ids).toEqual(Array.from({ length: 255 }, (_, index) => index + 1))
    expect((await history(request([a], { limit: 50 }))).ids).toEqual(all.ids.slice(0, 50))
    expect((await history(request([a], { reverse: true }))).ids).toEqual(all.ids.toReversed())
    expect((await history(request([[a, 250]]))).lines).toEqual([0, 1, 2, 3, 4].map((index) => `DEL /pub/${index}`))
    expect((await history(request([[a, 101]], { reverse: true, limit: 3 }))).ids).toEqual([100, 99, 98])
    expect((await history(request([[a, 999_999_999]]))).ids).toEqual([])
    expect((await history(request([a], { paths: ['/pub/3'] }))).ids).toHaveLength(51)
  })

  test('several users are merged by id, each from its own cursor', async () => {
    const users = [await at.signUp(), await at.signUp(), await at.signUp()]
    for (let index = 0; index < 300; index += 1) {
      const who = users[(index * 7 + Math.floor(index / 10)) % 3]
      if (who !== undefined) await put(who, `/pub/${index % 3}`)
    }
    const [a, b] = users
    if (a === undefined || b === undefined) throw new Error('no users')
    const both = await history(request([a, b]))
    expect(both.ids).toEqual(both.ids.toSorted((x, y) => x - y))
    const ofA = (await history(request([a]))).ids
    const ofB = (await history(request([b]))).ids
    expect(both.ids).toEqual([...ofA, ...ofB].toSorted((x, y) => x - y))
    const resumed = await history(
      request([
        [a, ofA[50] ?? 0],
        [b, ofB[10] ?? 0],
      ]),
    )
    expect(resumed.ids).toEqual([...ofA.slice(51), ...ofB.slice(11)].toSorted((x, y) => x - y))
    expect((await history(request([a, b], { reverse: true }))).ids).toEqual(both.ids.toReversed())
  })

  test('public streams never show private events; paths are literal', async () => {
    const a = await at.signUp()
    for (const path of ['/pub/my_folder/x', '/pub/myfolder/y', '/priv/z', '/pub/my_folder.txt']) await put(a, path)
    expect((await history(request([a]))).lines).not.toContain('PUT /priv/z')
    expect((await history(request([a], { paths: ['/pub/my_folder/'] }))).lines).toEqual(['PUT /pub/my_folder/x'])
    const asOwner = { session: a.session, paths: ['/priv/'] }
    expect((await history(request([a], asOwner))).lines).toEqual(['PUT /priv/z'])
    const union = await history(request([a], { session: a.session, paths: ['/priv/', '/pub/my_folder.txt'] }))
    expect(union.lines).toEqual(['PUT /priv/z', 'PUT /pub/my_folder.txt'])
  })

  test('who may read what, and what is refused first', async () => {
    const a = await at.signUp()
    const b = await at.signUp()
    const { eventStreams } = at.core
    const open = (asked: StreamRequest) => code(eventStreams.open(asked))
    const unknown = { ...a, tenant: Keypair.random().publicKey.z32() }
    expect(await open(request([unknown]))).toBe('user-unknown')
    expect(await open(request([a, unknown]))).toBe('user-unknown')
    expect(await open(request([[a, 'abc123xyz']]))).toBe('cursor-invalid')
    expect(await open(request([[a, '-100']]))).toBe('cursor-invalid')
    expect(await open(request([[a, '-100'], a]))).toBe('cursor-invalid')
    expect(await open(request([a], { paths: ['/priv/app/'] }))).toBe('read-needs-session')
    expect(await open(request([b], { paths: ['/priv/app/'], session: a.session }))).toBe('wrong-tenant')
    expect(await open(request([a, b], { paths: ['/priv/app/'], session: a.session }))).toBe('read-needs-one-user')
    expect(await open(request([a, a], { paths: ['/priv/app/'], session: a.session }))).toBe('read-needs-one-user')
    expect(await open(request([a], { paths: ['/'] }))).toBe('read-outside-roots')
    expect(await open(request([a], { paths: ['/pub/', '/priv/'], session: a.session }))).toBe('fine')
    if (a.session.kind === 'cookie') await at.core.sessions.signOut(a.session)
    expect(await open(request([a], { paths: ['/priv/'], session: a.session }))).toBe('wrong-session-kind')
  })
})

describe('live', () => {
  test('history, then live, to the limit over both', async () => {
    const a = await at.signUp()
    for (let index = 0; index < 5; index += 1) await put(a, `/pub/${index}`)
    const { sink, end } = await start(request([[a, 2]], { live: true, limit: 6 }))
    await sink.reach(3)
    for (let index = 5; index < 12; index += 1) await put(a, `/pub/${index}`)
    expect(await end).toBe('limit')
    expect(sink.ids).toEqual([3, 4, 5, 6, 7, 8])
    expect(at.core.eventStreams.active).toBe(0)
  })

  test('no gap and no repetition at the seam, while others write', async () => {
    const a = await at.signUp()
    const b = await at.signUp()
    const runs: Awaited<ReturnType<typeof start>>[] = []
    const writes: Promise<unknown>[] = []
    for (let index = 0; index < 2_000; index += 1) {
      writes.push(put(index % 3 === 0 ? b : a, `/pub/${index % 50}`))
      if (index % 40 === 0) {
        runs.push(await start(request([a, b], { live: true })))
        await new Promise((resolve) => setTimeout(resolve, index % 3))
      }
    }
    await Promise.all(writes)
    for (const { sink, stop, end } of runs) {
      await sink.reach(2_000)
      expect(sink.ids).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1))
      stop()
      expect(await end).toBe('client')
    }
  })

  test('filters hold in live, a cursor in the future silences, other users are not heard', async () => {
    const a = await at.signUp()
    const b = await at.signUp()
    const filtered = await start(request([a], { live: true, paths: ['/pub/x/', '/pub/one'] }))
    const owner = await start(request([a], { live: true, paths: ['/priv/'], session: a.session }))
    const ahead = await start(request([[a, 3]], { live: true }))
    const anonymous = await start(request([a], { live: true }))
    await put(a, '/pub/y')
    await put(a, '/pub/x/1')
    await put(b, '/pub/x/2')
    await put(a, '/priv/3')
    await put(a, '/pub/one')
    await anonymous.sink.reach(3)
    await filtered.sink.reach(2)
    await owner.sink.reach(1)
    await ahead.sink.reach(1)
    expect(filtered.sink.lines).toEqual(['PUT /pub/x/1', 'PUT /pub/one'])
    expect(owner.sink.lines).toEqual(['PUT /priv/3'])
    expect(ahead.sink.ids).toEqual([5])
    expect(anonymous.sink.lines).toEqual(['PUT /pub/y', 'PUT /pub/x/1', 'PUT /pub/one'])
    for (const { stop } of [filtered, owner, ahead, anonymous]) stop()
  })

  test('who follows an account that is deleted follows the next one of that key', async () => {
    const a = await at.signUp()
    await put(a, '/pub/1')
    await put(a, '/priv/2')
    const follower = await start(request([a], { live: true }))
    await follower.sink.reach(1)
    await at.core.users.delete(a.tenant)
    const again = await at.signUp(a.user)
    await put(again, '/priv/3')
    await put(again, '/pub/4')
    await follower.sink.reach(3)
    expect(follower.sink.lines).toEqual(['PUT /pub/1', 'DEL /pub/1', 'PUT /pub/4'])
    follower.stop()
  })

  test('a reader that does not read is ended at the cap, in live and in history', async () => {
    const a = await at.signUp()
    const { sink, end } = await start(request([a], { live: true }))
    const healthy = await start(request([a], { live: true }))
    sink.isStalled = true
    const path = `/pub/${'x'.repeat(250)}`
    let written = 0
    let ended: StreamEnd | undefined
    void end.then((reason) => {
      ended = reason
    })
    while (ended === undefined) {
      await Promise.all(Array.from({ length: 100 }, () => put(a, path)))
      written += 100
    }
    expect(ended).toBe('slow')
    expect(sink.pendingBytes).toBeLessThan(400_000)
    await healthy.sink.reach(written)
    const stalled = await at.core.eventStreams.open(request([a]))
    const stuck = new TestSink()
    stuck.isStalled = true
    const stopping = new AbortController()
    const run = stalled.run(stuck, stopping.signal)
    await expect.poll(() => stuck.pendingBytes).toBeGreaterThan(65_536)
    expect(stuck.pendingBytes).toBeLessThan(200_000)
    stopping.abort()
    expect(await run).toBe('client')
    healthy.stop()
  })

  test('revoking the credential closes its private streams only', async () => {
    const a = await at.signUp()
    at.now += 1
    const second = await at.core.sessions.signIn(at.authToken(a.user))
    const client = Keypair.random()
    const bearer = await at.core.grants.exchange(at.grant(a.user, client, { grantId: 'g', capabilities: '/priv/:r' }))
    const byGrant = await start(request([a], { live: true, paths: ['/priv/', '/pub/'], session: bearer.session }))
    const byCookie = await start(request([a], { live: true, paths: ['/priv/'], session: a.session }))
    const bySecond = await start(request([a], { live: true, paths: ['/priv/'], session: second.session }))
    const open = await start(request([a], { live: true, session: bearer.session }))
    await put(a, '/priv/1')
    await byGrant.sink.reach(1)
    // Replacing the bearer ends nothing.
    await at.core.grants.exchange(at.grant(a.user, client, { grantId: 'g', capabilities: '/priv/:r' }))
    await put(a, '/priv/2')
    await byGrant.sink.reach(2)
    await at.core.grants.signOut(bearer.session)
    await put(a, '/priv/3')
    expect(await byGrant.end).toBe('revoked')
    expect(byGrant.sink.lines).toEqual(['PUT /priv/1', 'PUT /priv/2'])
    if (a.session.kind === 'cookie') await at.core.sessions.signOut(a.session)
    await at.put(second.session, a.tenant, '/priv/4', 'x')
    expect(await byCookie.end).toBe('revoked')
    await bySecond.sink.reach(4)
    expect(byCookie.sink.lines).not.toContain('PUT /priv/4')
    await at.put(second.session, a.tenant, '/pub/5', 'x')
    await open.sink.reach(1)
    for (const { stop } of [bySecond, open]) stop()
  })

  test('revocation in the middle of a backlog, and between check and start', async () => {
    const a = await at.signUp()
    for (let index = 0; index < 400; index += 1) await put(a, `/priv/${'x'.repeat(200)}`)
    const stream = await at.core.eventStreams.open(request([a], { paths: ['/priv/'], session: a.session }))
    const late = await at.core.eventStreams.open(request([a], { paths: ['/priv/'], session: a.session }))
    const sink = new TestSink()
    sink.isStalled = true
    const end = stream.run(sink, signal)
    await expect.poll(() => sink.pendingBytes).toBeGreaterThan(65_536)
    const seen = sink.pendingBytes
    if (a.session.kind === 'cookie') await at.core.sessions.signOut(a.session)
    expect(await end).toBe('revoked')
    expect(sink.pendingBytes).toBe(seen)
    expect(seen).toBeLessThan(400 * 200)
    const none = new TestSink()
    expect(await late.run(none, signal)).toBe('revoked')
    expect(none.received).toEqual([])
  })

  test('the operator sees everybody and everything; streams are bounded and end with the server', async () => {
    const a = await at.signUp()
    const b = await at.signUp()
    await put(a, '/priv/1')
    const asked = { users: [], cursor: undefined, paths: [], limit: undefined, reverse: false, live: true }
    const stream = await at.core.eventStreams.openForOperator(asked)
    const sink = new TestSink()
    const end = stream.run(sink, signal)
    await put(b, '/pub/2')
    await sink.reach(2)
    expect(sink.lines).toEqual(['PUT /priv/1', 'PUT /pub/2'])
    const { eventStreams } = at.core
    expect(await code(eventStreams.openForOperator({ ...asked, cursor: 'x' }))).toBe('cursor-invalid')
    expect(await code(eventStreams.openForOperator({ ...asked, users: ['y'.repeat(52)] }))).toBe('user-unknown')
    const onlyB = await eventStreams.openForOperator({ ...asked, users: [b.tenant], live: false, cursor: '0' })
    const sinkB = new TestSink()
    expect(await onlyB.run(sinkB, signal)).toBe('complete')
    expect(sinkB.lines).toEqual(['PUT /pub/2'])
    const others = await Promise.all(Array.from({ length: 99 }, () => start(request([a], { live: true }))))
    expect(eventStreams.active).toBe(100)
    expect(await code(eventStreams.open(request([a])))).toBe('too-many-streams')
    await at.core[Symbol.asyncDispose]()
    expect(await end).toBe('closed')
    for (const { end: other } of others) expect(await other).toBe('closed')
  })
})
