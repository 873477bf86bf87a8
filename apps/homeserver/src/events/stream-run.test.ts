import { beforeEach, expect, test } from 'vitest'
import { createUser, writeOf } from '../store/contract/store-bench.contract.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { EventWalk, Store, UserRecord } from '../store/store.ts'
import { LiveHub } from './live-hub.ts'
import { PathFilter } from './path-filter.ts'
import { type StreamLog, StreamRun, type StreamSink } from './stream-run.ts'

let store: Store
let hub: LiveHub
let owner: UserRecord

beforeEach(async () => {
  const onFatal = (error: Error) => {
    throw error
  }
  store = await openSqliteStore({ path: undefined, onFatal })
  hub = await LiveHub.open({ store })
  owner = await createUser(store, 'a'.repeat(52))
  return async () => {
    hub[Symbol.dispose]()
    await store[Symbol.asyncDispose]()
  }
})

/** A live stream of everything public of the owner, over a log whose reads go through `events`. */
function follow(events: StreamLog['events'], send: StreamSink['send']): StreamRun {
  const { isShared, latestEventId, eventIdAhead } = store
  const cursors = new Map([[owner.id, undefined]])
  const plan = {
    users: [owner.publicKey],
    cursors,
    filter: PathFilter.publicPaths,
    limit: undefined,
    reverse: false,
    live: true,
  }
  const sink = { send, pendingBytes: 0, drained: () => Promise.resolve() }
  return new StreamRun({ isShared, latestEventId, eventIdAhead, events }, hub, { ...plan, isRevoked: undefined }, sink)
}

const put = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => store.commitWrite(writeOf(owner, `/pub/${index}`))))

const cursorsIn = (frames: string) => [...frames.matchAll(/cursor: (\d+)/g)].map((match) => Number(match[1]))

test('a stream that is stopped while the log does not answer ends at once', async () => {
  await put(1)
  const isAsked = Promise.withResolvers<void>()
  const run = follow(
    () => {
      isAsked.resolve()
      return new Promise(() => undefined)
    },
    () => expect.unreachable(),
  )
  const end = run.run()
  await isAsked.promise
  run.stop('revoked')
  expect(await end).toBe('revoked')
})

test.each([
  ['a few events at each read: what is held follows', 3, 1],
  ['more events than are held: it is read again', 1_450, 1 + 15],
])('a stream catches up with a log that grows by %s', async (_, growth, reads) => {
  await put(5)
  let count = 0
  let grown = 0
  const events = async (walk: EventWalk, limit: number) => {
    const batch = await store.events(walk, limit)
    if (grown < 100) {
      await put(growth)
      grown += growth
    }
    count += 1
    return batch
  }
  let text = ''
  const run = follow(events, (frames) => {
    text += Buffer.from(frames)
  })
  const end = run.run()
  await expect.poll(() => cursorsIn(text).length).toBe(5 + growth)
  expect(count).toBe(reads)
  await put(2)
  await expect.poll(() => cursorsIn(text).length).toBe(7 + growth)
  expect(cursorsIn(text)).toEqual(Array.from({ length: 7 + growth }, (_, index) => index + 1))
  expect(count).toBe(reads)
  run.stop('client')
  expect(await end).toBe('client')
})
