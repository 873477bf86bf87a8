import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store, StoreNotice } from '../../src/store/store.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import { asOwner, PostgresServer } from './postgres-server.ts'
import { createUser, ignore, NOW, raise, writeOf } from './writes.ts'

let server: PostgresServer
let url: string
let store: Store

beforeAll(async () => {
  server = await PostgresServer.start()
  url = await server.createDatabase()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  await server.empty(url)
  store = await open()
})
afterEach(() => store[Symbol.asyncDispose]())

const open = () => openPostgresStore({ url, maxConnections: 4, onFatal: raise, log: ignore })

/** Cuts connections of the database whose last statement is like that. */
async function cut(statement: string): Promise<number> {
  return await asOwner(url, async (client) => {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'pubky-homeserver' AND query LIKE $1`,
      [statement],
    )
    return rowCount ?? 0
  })
}

function kinds(told: readonly StoreNotice[]): (string | number)[] {
  return told.map((notice) => (notice.kind === 'event' ? notice.event.id : notice.kind))
}

describe('outages', () => {
  test('an instance that no longer hears of the others says so, then catches up', async () => {
    await using other = await open()
    const owner = await createUser(store, 'a')
    const told: StoreNotice[] = []
    other.watch((notice) => told.push(notice))
    await store.commitWrite(writeOf(owner, '/pub/1'))
    await expect.poll(() => kinds(told), { timeout: 5_000 }).toEqual([1])
    expect(await cut('LISTEN%')).toBe(2)
    await expect.poll(() => kinds(told), { timeout: 5_000, interval: 5 }).toEqual([1, 'notices-lost'])
    await store.commitWrite(writeOf(owner, '/pub/2'))
    await store.setUserDisabled(owner.id, true)
    await expect.poll(() => kinds(told), { timeout: 5_000 }).toEqual([1, 'notices-lost', 2, 'user-changed'])
  })

  test('connections cut while idle are replaced without an error', async () => {
    const owner = await createUser(store, 'a')
    await store.findUser(owner.publicKey)
    expect(await cut('%')).toBeGreaterThanOrEqual(3)
    await expect.poll(() => store.findUser(owner.publicKey).catch(() => undefined), { timeout: 5_000 }).toBeDefined()
    const written = () => store.commitWrite(writeOf(owner, '/pub/1')).catch(() => undefined)
    await expect.poll(written, { timeout: 5_000 }).toMatchObject({ outcome: 'written' })
  })

  test('a restart of the database fails what was on its way; what was acknowledged is there, and nothing twice', async () => {
    const owner = await createUser(store, 'a')
    const told: StoreNotice[] = []
    store.watch((notice) => told.push(notice))
    const acknowledged: number[] = []
    const failures: unknown[] = []
    const over = new AbortController()
    const writers = Array.from({ length: 16 }, async (_, worker) => {
      for (let round = 0; !over.signal.aborted; round += 1) {
        try {
          const done = await store.commitWrite(writeOf(owner, `/pub/${worker}/${round}`))
          if (done.outcome === 'written') acknowledged.push(done.event.id)
        } catch (error) {
          failures.push(error)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    })
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(100)
    await server.restart(async () => {
      await expect(store.findUser(owner.publicKey)).rejects.toMatchObject({ code: 'storage-failed' })
      expect(kinds(told)).toContain('notices-lost')
    })
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 100)
    over.abort()
    await Promise.all(writers)

    expect(failures.length).toBeGreaterThan(0)
    for (const failure of failures) expect(failure).toMatchObject({ code: 'storage-failed' })
    const latest = await store.latestEventId()
    await expect.poll(() => kinds(told).at(-1), { timeout: 10_000 }).toBe(latest)
    const events = kinds(told).filter((kind) => typeof kind === 'number')
    expect(events).toEqual(Array.from({ length: latest }, (_, index) => index + 1))
    expect(new Set(acknowledged).size).toBe(acknowledged.length)
    const { entries } = await store.entryTotals(owner.id)
    // Each write had a path of its own; those whose answer was lost may have been committed.
    expect(entries).toBe(latest)
    expect(entries).toBeGreaterThanOrEqual(acknowledged.length)
    expect((await store.findUser(owner.publicKey))?.usedBytes).toBe(entries * 259)
  })

  test('a commit whose answer is lost is no success, is not repeated, and is told', async () => {
    await using proxy = await CuttingProxy.start(url)
    await using far = await openPostgresStore({ url: proxy.url, maxConnections: 4, onFatal: raise, log: ignore })
    const owner = await createUser(far, 'a')
    const told: StoreNotice[] = []
    far.watch((notice) => told.push(notice))
    proxy.swallowAnswerTo('/pub/lost')
    const lost = Promise.allSettled([
      far.commitWrite(writeOf(owner, '/pub/lost')),
      far.commitWrite(writeOf(owner, '/pub/lost too')),
    ])
    for (const result of await lost) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'storage-failed' } })
    }
    expect(await far.commitWrite(writeOf(owner, '/pub/next'))).toMatchObject({ event: { id: 3 } })
    expect(kinds(told)).toEqual([1, 2, 3])
    expect(await store.entryTotals(owner.id)).toMatchObject({ entries: 3 })
  })

  test('a full disk refuses what needs room, and nothing else', async () => {
    const owner = await createUser(store, 'a')
    await store.commitWrite(writeOf(owner, '/pub/old'))
    await asOwner(url, (client) =>
      client.query(`
        CREATE FUNCTION pubky_core.fill() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON pubky_core.inline_bodies
        FOR EACH ROW EXECUTE FUNCTION pubky_core.fill()`),
    )
    const deletion = { userId: owner.id, path: '/pub/old', lockTokenHash: undefined, precondition: undefined, now: NOW }
    const [written, deleted] = await Promise.allSettled([
      store.commitWrite(writeOf(owner, '/pub/new')),
      store.commitDelete(deletion),
    ])
    expect(written).toMatchObject({ status: 'rejected', reason: { code: 'disk-full' } })
    expect(deleted).toMatchObject({ status: 'fulfilled', value: { outcome: 'deleted' } })
    expect((await store.findUser(owner.publicKey))?.usedBytes).toBe(0)
  })

  test('a database that went back is followed from where it is', async () => {
    const owner = await createUser(store, 'a')
    for (const path of ['/pub/1', '/pub/2', '/pub/3']) await store.commitWrite(writeOf(owner, path))
    const told: StoreNotice[] = []
    store.watch((notice) => told.push(notice))
    await asOwner(url, (client) =>
      client.query('DELETE FROM pubky_core.events WHERE id > 1; UPDATE pubky_core.tail SET event_id = 1'),
    )
    await cut('LISTEN%')
    await expect.poll(() => kinds(told), { timeout: 5_000 }).toEqual(['notices-lost', 'notices-lost'])
    expect(await store.commitWrite(writeOf(owner, '/pub/4'))).toMatchObject({ event: { id: 2 } })
    expect(kinds(told).at(-1)).toBe(2)
  })

  test('a job that the database refuses fails alone, and nothing of it stays', async () => {
    const owner = await createUser(store, 'a')
    // The entry goes in before its body is missed.
    const refused = store.commitWrite(writeOf(owner, '/pub/broken', { inlineBody: undefined }))
    const results = await Promise.allSettled([
      store.commitWrite(writeOf(owner, '/pub/a')),
      refused,
      store.commitWrite(writeOf(owner, '/pub/b')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await expect(refused).rejects.toMatchObject({ code: 'storage-failed' })
    expect(await store.entryTotals(owner.id)).toEqual({ entries: 2, contentBytes: 6 })
    expect((await store.findUser(owner.publicKey))?.usedBytes).toBe(518)
  })

  test('texts that PostgreSQL cannot hold are refused alone, those that only look like them are kept', async () => {
    const owner = await createUser(store, 'a')
    const types = ['a\u0000b', '\ud800', 'x\udfff', '\\u0000', '\\\\u0000', '\\\\\u0000', '\u{1f600}"\\', 'plain']
    const writes = types.map((contentType, index) => writeOf(owner, `/pub/${index}`, { contentType }))
    const results = await Promise.allSettled(writes.map((write) => store.commitWrite(write)))
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(types.map((text) => !/\0|\p{Cs}/u.test(text)))
    for (const [index, result] of results.entries()) {
      const entry = await store.findEntry(owner.id, `/pub/${index}`)
      expect(entry?.contentType).toBe(result.status === 'fulfilled' ? types[index] : undefined)
    }
  })

  test('one that holds the order of events is waited for, and its commit comes first', async () => {
    const owner = await createUser(store, 'a')
    let isDone = false
    const written = await asOwner(url, async (holder) => {
      await holder.query("BEGIN; SELECT pg_advisory_xact_lock('7311142570157080576'::bigint)")
      const write = store.commitWrite(writeOf(owner, '/pub/1')).finally(() => {
        isDone = true
      })
      await holder.query('SELECT pg_sleep(0.1)')
      expect(isDone).toBe(false)
      await holder.query('COMMIT')
      return await write
    })
    expect(written).toMatchObject({ outcome: 'written' })
  })
})

describe('opening', () => {
  test('a schema of a newer version is refused with its name', async () => {
    await asOwner(url, (client) => client.query("INSERT INTO pubky_core.migrations VALUES ('2999-01-01-later', 1)"))
    await expect(open()).rejects.toThrow('2999-01-01-later')
  })

  test('a database that is not there is refused without its password', async () => {
    const address = new URL(url)
    address.pathname = '/nowhere'
    const init = { maxConnections: 4, onFatal: raise, log: ignore }
    const missing = openPostgresStore({ url: address.href, ...init })
    await expect(missing).rejects.toMatchObject({ code: 'storage-failed', message: expect.stringContaining('nowhere') })
    address.password = 'not-the-secret'
    await expect(openPostgresStore({ url: address.href, ...init })).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.not.stringContaining('not-the-secret'),
    })
    await expect(openPostgresStore({ url: 'postgres://u:hush@[bad', ...init })).rejects.toMatchObject({
      message: expect.not.stringContaining('hush'),
    })
  })

  test('tables of another server in the same database are not touched', async () => {
    await asOwner(url, async (client) => {
      await client.query('DROP TABLE IF EXISTS public.users; CREATE TABLE public.users (id serial, public_key text)')
      await client.query("INSERT INTO public.users (public_key) VALUES ('theirs')")
    })
    await using other = await open()
    await createUser(other, 'a')
    expect(await other.statistics()).toMatchObject({ users: 1 })
    const theirs = await asOwner(url, (client) => client.query('SELECT * FROM public.users'))
    expect(theirs.rows).toEqual([{ id: 1, public_key: 'theirs' }])
  })
})
