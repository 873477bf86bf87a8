import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { logOf, redemptionOf } from '../../src/store/contract/store-bench.contract.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store, StoreNotice, UserRecord } from '../../src/store/store.ts'
import { PostgresServer } from './postgres-server.ts'
import { createUser, ignore, NOW, raise, writeOf } from './writes.ts'

let server: PostgresServer
let url: string
let stores: Store[] = []

beforeAll(async () => {
  server = await PostgresServer.start()
  url = await server.createDatabase()
}, 60_000)
afterAll(async () => {
  await closeAll()
  await server[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await closeAll()
  await server.empty(url)
})

async function open(): Promise<Store> {
  const store = await openPostgresStore({ url, maxConnections: 4, onFatal: raise, log: ignore })
  stores.push(store)
  return store
}

async function closeAll(): Promise<void> {
  await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
  stores = []
}

function listen(store: Store): StoreNotice[] {
  const told: StoreNotice[] = []
  store.watch((notice) => told.push(notice))
  return told
}

/** Waits until the list holds what is expected, then makes sure that nothing follows. */
async function settled<Item>(list: readonly Item[], count: number): Promise<void> {
  await expect.poll(() => list.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(count)
  await wait(50)
  expect(list).toHaveLength(count)
}

const eventIds = (told: readonly StoreNotice[]) =>
  told.map((notice) => (notice.kind === 'event' ? notice.event.id : notice.kind))

describe('two instances on one database', () => {
  test('start at once on an empty database, and are the same installation', async () => {
    const opened = await Promise.all(Array.from({ length: 4 }, open))
    const ids = new Set(opened.map(({ installId }) => Buffer.from(installId).toString('hex')))
    expect(ids.size).toBe(1)
    expect(opened.every(({ isShared }) => isShared)).toBe(true)
  })

  test('both tell every event once, in order, their own before it is acknowledged', async () => {
    const [a, b] = [await open(), await open()]
    const owners = await Promise.all([createUser(a, 'a'), createUser(b, 'b')])
    const told = [listen(a), listen(b)]
    const untold: number[] = []
    const load = (store: Store, index: number) =>
      Promise.all(
        Array.from({ length: 16 }, async (_, worker) => {
          for (let round = 0; round < 20; round += 1) {
            const done = await store.commitWrite(writeOf(owners[index], `/pub/${index}/${worker}/${round}`))
            if (done.outcome !== 'written') throw new Error(done.outcome)
            const isTold = told[index]?.some(({ kind, ...rest }) => 'event' in rest && rest.event.id === done.event.id)
            if (!isTold) untold.push(done.event.id)
          }
        }),
      )
    await Promise.all([load(a, 0), load(b, 1)])
    const all = Array.from({ length: 640 }, (_, index) => index + 1)
    for (const list of told) {
      await settled(list, 640)
      expect(eventIds(list)).toEqual(all)
    }
    expect(told[0]).toEqual(told[1])
    expect(untold).toEqual([])
    const times = (await logOf(a)).map(({ at }) => at)
    expect(times).toEqual(times.toSorted((x, y) => x - y))
    expect(new Set(times).size).toBe(640)
  })

  test('everything else that somebody may hold in memory is told in its place among the events', async () => {
    const [a, b] = [await open(), await open()]
    const owner = await createUser(a, 'a')
    const told = [listen(a), listen(b)]
    const session = (store: Store) =>
      store.createCookieSession({
        userId: owner.id,
        secretHash: crypto.getRandomValues(new Uint8Array(32)),
        capabilities: '',
        createdAt: 1,
        expiresAt: 2,
      })
    const id = (await session(a)) ?? 0
    await b.commitWrite(writeOf(owner, '/pub/1'))
    await a.revokeCookieSession(id)
    await b.commitWrite(writeOf(owner, '/pub/2'))
    await b.redeemGrant(redemption(owner, 'g1'))
    await a.revokeGrant('g1', 300)
    await a.setUserDisabled(owner.id, true)
    await b.commitWrite(writeOf(owner, '/pub/3', { evenIfDisabled: true }))
    await b.deleteUser(owner.id, NOW)
    const expected = [
      { kind: 'event', event: expect.objectContaining({ id: 1 }) },
      { kind: 'cookie-session-revoked', sessionId: id },
      { kind: 'event', event: expect.objectContaining({ id: 2 }) },
      { kind: 'bearer-replaced', grantId: 'g1' },
      { kind: 'grant-revoked', grantId: 'g1' },
      { kind: 'user-changed', userId: owner.id },
      { kind: 'event', event: expect.objectContaining({ id: 3 }) },
      { kind: 'user-deleted', userId: owner.id },
    ]
    for (const list of told) {
      await settled(list, expected.length)
      expect(list).toEqual(expected)
    }
  })

  test('a pile of notices and events that one has not read is told in order, page after page', async () => {
    const [a, b] = [await open(), await open()]
    const owner = await createUser(a, 'a')
    const told = listen(b)
    const work: Promise<unknown>[] = []
    for (let round = 0; round < 1_300; round += 1) {
      work.push(a.setUserDisabled(owner.id, false))
      if (round % 2 === 0) work.push(a.commitWrite(writeOf(owner, `/pub/${round}`)))
    }
    await Promise.all(work)
    await settled(told, 1_950)
    let event = 0
    const expected = Array.from({ length: 1_300 }, (_, round) =>
      round % 2 === 0 ? ['user-changed', ++event] : ['user-changed'],
    ).flat()
    expect(eventIds(told)).toEqual(expected)
  })

  test('events that were deleted before they were read leave no hole to wait for', async () => {
    const [a, b] = [await open(), await open()]
    const [gone, stays] = [await createUser(a, 'a'), await createUser(a, 'b')]
    const told = listen(b)
    await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => a.commitWrite(writeOf(gone, `/priv/${index}`))),
      a.deleteUser(gone.id, NOW),
      ...Array.from({ length: 6 }, () => a.sweepDeletedUsers(10, NOW)),
    ])
    await a.commitWrite(writeOf(stays, '/pub/x'))
    await expect.poll(() => eventIds(told).at(-1), { timeout: 10_000 }).toBe(21)
    expect(eventIds(told)).toContain('user-deleted')
    const again = await b.commitWrite(writeOf(stays, '/pub/y'))
    expect(again).toMatchObject({ event: { id: 22 } })
    expect(eventIds(told).at(-1)).toBe(22)
  })

  test('one quota, exact to the entry, under writers on both', async () => {
    const [a, b] = [await open(), await open()]
    const owner = await createUser(a, 'a')
    const limit = { defaultQuotaBytes: 10 * 300 }
    const outcomes = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        (index % 2 === 0 ? a : b).commitWrite(writeOf(owner, `/pub/${index}`, limit, 44)),
      ),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'written')).toHaveLength(10)
    expect(outcomes.filter(({ outcome }) => outcome === 'over-quota')).toHaveLength(54)
    expect((await b.findUser(owner.publicKey))?.usedBytes).toBe(3_000)
  })

  test('what can happen once happens once: names, proofs, grants, locks, colliding paths', async () => {
    const [a, b] = [await open(), await open()]
    const both = <Answer>(work: (store: Store) => Promise<Answer>) => Promise.all([work(a), work(b)])
    const newUser = { publicKey: 'x'.repeat(52), key: undefined, tokenLookup: undefined, now: NOW }
    expect((await both((store) => store.createUser(newUser))).map(({ outcome }) => outcome).toSorted()).toEqual([
      'created',
      'user-exists',
    ])
    expect((await both((store) => store.spendProof('nonce', NOW, NOW + 9))).toSorted()).toEqual([false, true])
    expect(await a.spendProof('only a', NOW, NOW + 9)).toBe(true)
    expect(await b.spendProof('only a', NOW, NOW + 9)).toBe(false)

    const owners = [await createUser(a, 'a'), await createUser(b, 'b')] as const
    const grants = await Promise.all([a.redeemGrant(redemption(owners[0])), b.redeemGrant(redemption(owners[1]))])
    expect(grants.map(({ outcome }) => outcome).toSorted()).toEqual(['id-in-use', 'redeemed'])

    const lock = (store: Store, token: number) =>
      store.acquireLock({
        userId: owners[0].id,
        path: '/pub/l',
        tokenHash: new Uint8Array(32).fill(token),
        now: NOW,
        expiresAt: NOW + 100,
        maxPerUser: 5,
      })
    expect((await Promise.all([lock(a, 1), lock(b, 2)])).toSorted()).toEqual(['granted', 'locked'])
    const paths = await Promise.all([
      a.commitWrite(writeOf(owners[0], '/pub/app/foo')),
      b.commitWrite(writeOf(owners[0], '/pub/app/foo/bar')),
    ])
    expect(paths.map(({ outcome }) => outcome).toSorted()).toEqual(['collision', 'written'])
  })

  test('a write acknowledged by one is read from the other', async () => {
    const [a, b] = [await open(), await open()]
    const owner = await createUser(a, 'a')
    for (let round = 0; round < 50; round += 1) {
      const [writer, reader] = round % 2 === 0 ? [a, b] : [b, a]
      const write = writeOf(owner, '/pub/f', {}, round)
      await writer.commitWrite(write)
      const read = await reader.readEntry(owner.id, '/pub/f')
      expect(read?.entry.etag).toBe(write.etag)
      expect(Buffer.from(read?.inlineBody ?? []).equals(Buffer.from(write.inlineBody ?? []))).toBe(true)
      expect(await reader.latestEventId()).toBe(round + 1)
    }
  })
})

function redemption(owner: UserRecord, id = 'grant') {
  return redemptionOf(owner, id, crypto.getRandomValues(new Uint8Array(32)))
}
