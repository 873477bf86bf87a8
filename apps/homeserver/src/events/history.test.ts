import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUser, logOf, writeOf } from '../store/contract/store-bench.contract.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { EventRecord, EventWalk, Store, UserId } from '../store/store.ts'
import { type HistoryLog, type HistoryQuery, readHistory } from './history.ts'
import { paced } from './paced-log.ts'
import { PathFilter } from './path-filter.ts'

let store: Store
let users: readonly UserId[]
let log: readonly EventRecord[]

beforeAll(async () => {
  store = await openSqliteStore({
    path: undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const owners = await Promise.all(['a', 'b', 'c'].map((letter) => createUser(store, letter.repeat(52))))
  users = owners.map(({ id }) => id)
  // One writes much, one now and then, one nothing; some folders are rare.
  const writes = Array.from({ length: 9_000 }, (_, index) => {
    const folder = index % 4_000 === 7 ? 'pub/rare' : index % 40 === 0 ? 'priv/x' : 'pub/often'
    const owner = owners[index % 30 === 0 ? 1 : 0]
    if (owner === undefined) throw new Error('no owner')
    return store.commitWrite(writeOf(owner, `/${folder}/${index % 17}`, 0))
  })
  await Promise.all(writes)
  log = await logOf(store)
})
afterAll(() => store[Symbol.asyncDispose]())

const wanted = (query: HistoryQuery, filter: PathFilter) => {
  const events = log.filter(({ id, userId, path }) => {
    const from = query.from.get(userId) ?? query.from.get(undefined)
    const isBehind = from === undefined || (query.order === 'ascending' ? id > from : id < from)
    const isFollowed = query.from.has(userId) || query.from.has(undefined)
    return isFollowed && isBehind && id <= query.upTo && filter.admits(path)
  })
  return query.order === 'ascending' ? events : events.toReversed()
}

async function batchesOf(from: HistoryLog, query: HistoryQuery): Promise<readonly EventRecord[][]> {
  const batches: EventRecord[][] = []
  for await (const batch of readHistory(from, query)) batches.push([...batch])
  return batches
}

async function read(query: HistoryQuery, filter: PathFilter, from: HistoryLog = store) {
  return (await batchesOf(from, query)).flat().filter(({ path }) => filter.admits(path))
}

/** The store, with a note of each read of its log. */
function watchedStore() {
  const reads: { readonly walk: EventWalk; readonly limit: number }[] = []
  const watched: HistoryLog = {
    eventIdAhead: store.eventIdAhead,
    events: (walk, limit) => {
      reads.push({ walk, limit })
      return store.events(walk, limit)
    },
  }
  return { reads, watched }
}

test('a walk shows what its users, cursors and paths name, in order', async () => {
  const paths = fc.subarray(['/pub/', '/pub/rare/', '/pub/rare/7', '/pub/often/1', '/priv/', '/pub/none/'])
  const id = fc.integer({ min: 0, max: 9_100 })
  const from = fc.oneof(
    fc.uniqueArray(fc.tuple(fc.constantFrom(...users), fc.option(id, { nil: undefined })), {
      minLength: 1,
      selector: ([user]) => user,
    }),
    fc.tuple(fc.constant(undefined), fc.option(id, { nil: undefined })).map((everybody) => [everybody]),
  )
  const order = fc.constantFrom('ascending' as const, 'descending' as const)
  await fc.assert(
    fc.asyncProperty(from, paths, order, id, async (cursors, named, order, upTo) => {
      const filter = new PathFilter(named)
      const query = { from: new Map(cursors), spans: filter.spans, order, upTo, isOver: () => false }
      expect(await read(query, filter)).toEqual(wanted(query, filter))
    }),
    { numRuns: 60 },
  )
})

test('no read looks at more than some thousand events, however few it finds', async () => {
  const { reads, watched } = watchedStore()
  for (const order of ['ascending', 'descending'] as const) {
    for (const user of [users[0], undefined]) {
      const filter = new PathFilter(['/pub/rare/7'])
      const query = { from: new Map([[user, undefined]]), spans: filter.spans, order, upTo: 9_000, isOver: () => false }
      expect(await read(query, filter, watched)).toEqual(wanted(query, filter))
    }
  }
  const looked = reads.map(({ walk: { userId = users[0], after, before } }) => {
    return log.filter((event) => event.userId === userId && event.id > after && event.id < before).length
  })
  expect(reads.length).toBeGreaterThanOrEqual(20)
  expect(Math.max(...looked)).toBeLessThan(2_500)
})

test('what is found is told before more is looked for', async () => {
  const filter = new PathFilter(['/pub/rare/'])
  const query = { from: new Map([[users[0], undefined]]), spans: filter.spans, upTo: 9_000, isOver: () => false }
  const batches = await batchesOf(store, { ...query, order: 'descending' })
  expect(batches.flat().map(({ id }) => id)).toEqual([8_008, 4_008, 8])
  expect(batches).toHaveLength(3)
})

test('of many users no more is held than of a few', async () => {
  const { reads, watched } = watchedStore()
  const from = new Map(Array.from({ length: 50 }, (_, index) => [index + 1, undefined]))
  const { spans } = PathFilter.publicPaths
  await batchesOf(watched, { from, spans, order: 'ascending', upTo: 100, isOver: () => false })
  expect(reads.length).toBeGreaterThanOrEqual(50)
  expect(new Set(reads.map(({ limit }) => limit))).toEqual(new Set([10]))
})

test('a walk that is over reads no more', async () => {
  const { reads, watched } = watchedStore()
  const query = { from: new Map([[users[0], undefined]]), order: 'ascending' as const, upTo: 9_000 }
  const { spans } = new PathFilter(['/pub/none/'])
  expect(await batchesOf(watched, { ...query, spans, isOver: () => reads.length === 2 })).toEqual([])
  expect(reads).toHaveLength(2)
})

test('many walks at once leave turns to others', async () => {
  const log = paced(store, undefined)
  const filter = new PathFilter([])
  let turns = 0
  const others = () => {
    turns += 1
    next = setImmediate(others)
  }
  let next = setImmediate(others)
  const query = { spans: filter.spans, order: 'ascending' as const, upTo: 9_000, isOver: () => false }
  const counts: number[] = []
  const walks = Array.from({ length: 20 }, async () => {
    const batches = await batchesOf(log, { ...query, from: new Map([[undefined, undefined]]) })
    counts.push(batches.flat().length)
  })
  await Promise.all(walks)
  clearImmediate(next)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20 * 9_000)
  expect(turns).toBeGreaterThan(20)
})
