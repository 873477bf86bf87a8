import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Keypair } from '@pubky/crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../src/accounts/session.ts'
import type { StreamRequest } from '../src/events/event-streams.ts'
import { PostgresServer } from './postgres/postgres-server.ts'
import { signal, TestCore, TestSink } from './support/open-test-core.ts'

let postgres: PostgresServer
let url: string
/** Two instances of one homeserver: one database, one folder, one key. */
let a: TestCore
let b: TestCore

beforeAll(async () => {
  postgres = await PostgresServer.start()
}, 60_000)
afterAll(() => postgres[Symbol.asyncDispose](), 60_000)

beforeEach(async () => {
  url = await postgres.createDatabase()
  a = await TestCore.open({ database: database() })
  b = await beside(a)
})
afterEach(async () => {
  await b[Symbol.asyncDispose]()
  await a[Symbol.asyncDispose]()
})

const database = () => ({ url, maxConnections: 5 })

/** Another instance; each argument may spoil what it has in common with the first. */
function beside(first: TestCore, changes: Parameters<typeof TestCore.open>[0] = {}): Promise<TestCore> {
  return TestCore.open({
    database: database(),
    directory: first.directory,
    encryption: { keyFile: first.keyFile },
    homeserver: first.homeserver.publicKey.z32(),
    ...changes,
  })
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error) => error.code,
  )
const message = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error) => String(error.message),
  )
const text = async (at: TestCore, tenant: string, path: string) => (await at.get(tenant, path)).toString()
const listing = (tenant: string, directory: string) => ({
  ...{ tenant, directory, limit: 100, cursor: undefined, reverse: false, shallow: false },
})

describe('what one instance acknowledged holds on the other', () => {
  test('files, listings, the feed and the history of streams', async () => {
    const { session, tenant } = await a.signUp()
    for (let round = 0; round < 5; round += 1) {
      const [writer, reader] = round % 2 === 0 ? [a, b] : [b, a]
      const small = `small ${round}`
      const large = Buffer.alloc(200_000, round)
      await writer.put(session, tenant, '/pub/f/small', small)
      await writer.put(session, tenant, '/pub/f/large', large)
      await writer.put(session, tenant, `/pub/f/${round}`, '')
      // Twice: what is popular would be kept.
      for (let again = 0; again < 2; again += 1) {
        expect(await text(reader, tenant, '/pub/f/small')).toBe(small)
        expect((await reader.get(tenant, '/pub/f/large')).equals(large)).toBe(true)
        const lines = await reader.core.files.listText(listing(tenant, '/pub/f/'))
        expect(lines.split('\n')).toHaveLength(round + 3)
      }
      expect((await reader.core.eventLog.publicEvents(undefined, 1_000)).at(-1)?.path).toBe(`/pub/f/${round}`)
      expect((await history(reader, { tenant, reverse: true, limit: 1 })).lines).toEqual([`PUT /pub/f/${round}`])
      expect((await history(reader, { tenant })).lines).toHaveLength((round + 1) * 3)
    }
    // Nobody needs to have heard of it.
    await deafen(session, tenant)
    await a.put(session, tenant, '/pub/f/small', 'unheard')
    await a.put(session, tenant, '/pub/f/unheard', '')
    expect(await text(b, tenant, '/pub/f/small')).toBe('unheard')
    expect(await b.core.files.listText(listing(tenant, '/pub/f/'))).toContain('/pub/f/unheard')
    expect((await history(b, { tenant, reverse: true, limit: 1 })).lines).toEqual(['PUT /pub/f/unheard'])
    expect((await history(b, { tenant })).lines.at(-1)).toEqual('PUT /pub/f/unheard')
    await a.core.files.delete({ session, tenant, path: '/pub/f/small', lockTokens: [] })
    expect(await failure(b.get(tenant, '/pub/f/small'))).toBe('entry-unknown')
  })

  test('the end of a session', async () => {
    const { user, tenant, session, secret } = await a.signUp()
    const { token } = await a.core.grants.exchange(a.grant(user, Keypair.random()))
    for (let again = 0; again < 2; again += 1) {
      expect(await b.core.sessions.fromBearer(token)).toMatchObject({ user: tenant })
      expect(await b.core.sessions.fromCookie(tenant, secret)).toMatchObject({ user: tenant })
    }
    const bearer = await b.core.sessions.fromBearer(token)
    if (bearer === undefined || session.kind !== 'cookie') throw new Error('both sessions are open')
    await a.core.grants.signOut(bearer)
    expect(await b.core.sessions.fromBearer(token)).toBeUndefined()
    await a.core.sessions.signOut(session)
    expect(await b.core.sessions.fromCookie(tenant, secret)).toBeUndefined()
  })

  test('what the operator says about an account', async () => {
    const { session, tenant } = await a.signUp()
    await b.put(session, tenant, '/pub/f', 'x')
    await a.core.users.setDisabled(tenant, true)
    expect(await failure(b.put(session, tenant, '/pub/f', 'y'))).toBe('user-disabled')
    expect(await failure(b.core.locks.acquire(session, tenant, '/pub/f', 60))).toBe('user-disabled')
    await b.core.users.setDisabled(tenant, false)
    await a.put(session, tenant, '/pub/f', 'y')
    await a.core.users.patchQuota(tenant, { storage_quota_mb: 0, allowed_write_paths: ['/pub/app/'] })
    expect(await failure(b.put(session, tenant, '/pub/app/f', 'y'))).toBe('quota-exceeded')
    await a.core.users.patchQuota(tenant, { storage_quota_mb: null })
    expect(await failure(b.put(session, tenant, '/pub/f', 'y'))).toBe('write-path-not-allowed')
  })

  test('a lock', async () => {
    const { session, tenant } = await a.signUp()
    const { token } = await a.core.locks.acquire(session, tenant, '/pub/f', 60)
    expect(await failure(b.put(session, tenant, '/pub/f', 'x'))).toBe('resource-locked')
    await b.put(session, tenant, '/pub/f', 'x', [token])
    await b.core.locks.release(session, tenant, '/pub/f', token)
    await a.put(session, tenant, '/pub/f', 'y')
  })

  test('that an account is gone, with all it stored, while both clear what is left', async () => {
    const { user, session, tenant, secret } = await a.signUp()
    const other = await b.signUp()
    for (let index = 0; index < 30; index += 1) {
      await b.put(session, tenant, `/pub/${index}`, Buffer.alloc(index % 3 === 0 ? 70_000 : 10, 1))
    }
    expect(await text(b, tenant, '/pub/1')).toHaveLength(10)
    const stream = await liveStream(b, { tenant, session, paths: ['/priv/'] })
    // Two erasers at once.
    await Promise.all([a.core.users.delete(tenant), b.core.users.delete(other.tenant)])
    expect(await failure(b.get(tenant, '/pub/1'))).toBe('entry-unknown')
    expect(await failure(b.put(session, tenant, '/pub/1', 'x'))).toBe('user-unknown')
    expect(await b.core.sessions.fromCookie(tenant, secret)).toBeUndefined()
    expect(await stream.end).toBe('revoked')
    expect(await bodiesIn(a.directory)).toEqual([])
    // The same key comes back as somebody new.
    b.now += 10
    const again = await b.core.sessions.signUp(b.authToken(user), undefined)
    await a.put(again.session, tenant, '/pub/1', 'new')
    expect(await text(b, tenant, '/pub/1')).toBe('new')
  })
})

describe('streams', () => {
  test('carry what others commit, and end when their credential ends elsewhere', async () => {
    const { session, tenant } = await a.signUp()
    const here = await liveStream(a, { tenant })
    const there = await liveStream(b, { tenant })
    const closing = await liveStream(b, { tenant, session, paths: ['/priv/'] })
    for (let index = 0; index < 20; index += 1)
      await (index % 2 === 0 ? a : b).put(session, tenant, `/pub/${index}`, 'x')
    const expected = Array.from({ length: 20 }, (_, index) => `PUT /pub/${index}`)
    await Promise.all([here.sink.reach(20), there.sink.reach(20)])
    expect(here.sink.lines).toEqual(expected)
    expect(there.sink.received).toEqual(here.sink.received)
    if (session.kind !== 'cookie') throw new Error('a cookie session was opened')
    await a.core.sessions.signOut(session)
    expect(await closing.end).toBe('revoked')
    here.stop()
    there.stop()
  })

  test('that are private end when revocations go unheard; public ones go on', async () => {
    const { session, tenant } = await a.signUp()
    const closing = await liveStream(b, { tenant, session, paths: ['/priv/'] })
    const staying = await liveStream(b, { tenant })
    await deafen(session, tenant)
    expect(await closing.end).toBe('revoked')
    await a.put(session, tenant, '/pub/after', 'x')
    await staying.sink.reach(1)
    expect(staying.sink.lines).toEqual(['PUT /pub/after'])
    staying.stop()
  })

  test('that are private are refused while revocations go unheard, and opened again afterwards', async () => {
    const { session, tenant } = await a.signUp()
    const isPrivate = request({ tenant, session, paths: ['/priv/'] })
    await deafen(session, tenant)
    expect(await failure(b.core.eventStreams.open(isPrivate))).toBe('streams-unavailable')
    expect(await failure(b.core.eventStreams.open(request({ tenant })))).toBe('fine')
    await expect.poll(() => failure(b.core.eventStreams.open(isPrivate)), { timeout: 10_000 }).toBe('fine')
  })

  test('never send from the log what was written after a revocation that is not heard of yet', async () => {
    const { user, session, tenant } = await a.signUp()
    const { token } = await a.core.grants.exchange(a.grant(user, Keypair.random()))
    const bearer = await b.core.sessions.fromBearer(token)
    if (bearer === undefined) throw new Error('the bearer is live')
    await a.put(session, tenant, '/priv/before', 'x')
    await using _silence = await holdBackNotices()
    const asked = request({ tenant, session: bearer, paths: ['/priv/'], live: true })
    const stream = await b.core.eventStreams.open(asked)
    await a.core.grants.signOut(bearer)
    await a.put(session, tenant, '/priv/after', 'x')
    const sink = new TestSink()
    expect(await stream.run(sink, signal)).toBe('revoked')
    expect(sink.lines).not.toContain('PUT /priv/after')
  })
})

describe('instances that do not belong together', () => {
  test('another key, no key, or encryption switched off', async () => {
    const other = join(a.directory, '..', 'other.key')
    await writeFile(other, 'ab'.repeat(32))
    expect(await message(beside(a, { encryption: { keyFile: other } }))).toContain(
      'is not the one that this data was sealed',
    )
    const none = join(a.directory, '..', 'none.key')
    expect(await message(beside(a, { encryption: { keyFile: none } }))).toContain('is missing')
    // It is not made up for the occasion either.
    await expect(readFile(none)).rejects.toThrow('ENOENT')
    expect(await message(beside(a, { encryption: 'off' }))).toContain('cannot be switched off')
  })

  test('another identity', async () => {
    const stranger = Keypair.random().publicKey.z32()
    const said = await message(beside(a, { homeserver: stranger }))
    expect(said).toContain(`belongs to the homeserver ${a.homeserver.publicKey.z32()}`)
    expect(said).toContain('"secret"')
  })

  test('nowhere to keep bodies, or the bodies of somebody else', async () => {
    expect(await message(beside(a, { directory: undefined }))).toContain('needs a data folder')
    // A database of its own with the folder of another one: its sweeper would remove everything.
    const elsewhere = { url: await postgres.createDatabase(), maxConnections: 5 }
    expect(await message(beside(a, { database: elsewhere }))).toContain('belong to another database')
    expect(await message(beside(a, { database: 'sqlite' }))).toContain('belong to another database')
    await using embedded = await TestCore.open()
    const { directory } = embedded
    expect(await message(beside(a, { directory }))).toContain('belongs to the embedded database in it')
  })

  test('a database that is not there is named without its password', async () => {
    const wrong = url.replace(/test_\d+/, 'nowhere').replace(':postgres@', ':swordfish@')
    const said = await message(beside(a, { database: { url: wrong, maxConnections: 3 } }))
    expect(said).not.toBe('fine')
    expect(said).not.toContain('swordfish')
  })
})

test('whoever starts beside others removes only what is old', async () => {
  const { session, tenant } = await a.signUp()
  const upload = await a.core.files.beginWrite(
    { session, tenant, path: '/pub/large', contentLength: undefined, lockTokens: [] },
    signal,
  )
  await upload.write(Buffer.alloc(500_000, 1))
  const bodies = join(a.directory, 'bodies')
  const plant = async (folder: string, name: string, ageDays: number) => {
    await mkdir(join(bodies, folder), { recursive: true })
    const path = join(bodies, folder, name)
    await writeFile(path, 'x')
    const at = Date.now() / 1_000 - ageDays * 86_400
    await utimes(path, at, at)
  }
  await plant('tmp', 'old', 1.1)
  await plant('objects/aa', `aa${'0'.repeat(30)}`, 1.1)
  await plant('objects/bb', `bb${'0'.repeat(30)}`, 0.9)
  await using c = await beside(a)
  expect(await readdir(join(bodies, 'tmp'))).toHaveLength(1)
  await expect.poll(() => bodiesIn(a.directory)).toEqual([`bb${'0'.repeat(30)}`])
  await upload.commit()
  expect(await c.get(tenant, '/pub/large')).toHaveLength(500_000)
  await rm(join(bodies, 'objects/bb'), { recursive: true })
})

/** Halts what would tell of commits, with its connection open, until disposed. */
async function holdBackNotices(): Promise<AsyncDisposable> {
  const admin = new pg.Client(url)
  await admin.connect()
  const { rows } = await admin.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN events' AND datname = current_database()",
  )
  await admin.end()
  for (const { pid } of rows) process.kill(pid, 'SIGSTOP')
  return {
    async [Symbol.asyncDispose]() {
      for (const { pid } of rows) process.kill(pid, 'SIGCONT')
    },
  }
}

/** Cuts the connections that hear of commits; for about a second, nobody is told what the others do. */
async function deafen(session: Session, tenant: string): Promise<void> {
  const probe = await liveStream(b, { tenant, session, paths: ['/priv/'] })
  const query =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN events' AND datname = current_database()"
  const admin = new pg.Client(url)
  await admin.connect()
  await admin.query(query)
  await admin.end()
  expect(await probe.end).toBe('revoked')
}

async function bodiesIn(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'bodies', 'objects'), { recursive: true })
  return names.map((name) => name.split('/').at(-1) ?? '').filter((name) => name.length === 32)
}

interface Asked extends Partial<Omit<StreamRequest, 'users'>> {
  readonly tenant: string
}

function request({ tenant, ...changes }: Asked): StreamRequest {
  return {
    users: [{ user: tenant, cursor: undefined }],
    paths: [],
    limit: undefined,
    reverse: false,
    live: false,
    session: undefined,
    ...changes,
  }
}

async function history(at: TestCore, asked: Asked): Promise<TestSink> {
  const sink = new TestSink()
  await (await at.core.eventStreams.open(request(asked))).run(sink, signal)
  return sink
}

async function liveStream(at: TestCore, asked: Asked) {
  const stream = await at.core.eventStreams.open(request({ ...asked, live: true }))
  const sink = new TestSink()
  const stopping = new AbortController()
  return { sink, end: stream.run(sink, stopping.signal), stop: () => stopping.abort() }
}
