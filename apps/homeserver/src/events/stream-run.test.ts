import { expect, test } from 'vitest'
import { createUser, writeOf } from '../store/contract/store-bench.contract.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { LiveHub } from './live-hub.ts'
import { PathFilter } from './path-filter.ts'
import { StreamRun } from './stream-run.ts'

test('a stream that is stopped while the log does not answer ends at once', async () => {
  const onFatal = (error: Error) => {
    throw error
  }
  await using store = await openSqliteStore({ path: undefined, onFatal })
  using hub = await LiveHub.open({ store })
  const owner = await createUser(store, 'a'.repeat(52))
  await store.commitWrite(writeOf(owner, '/pub/x'))
  const isAsked = Promise.withResolvers<void>()
  const log = {
    isShared: false,
    latestEventId: store.latestEventId,
    eventIdAhead: store.eventIdAhead,
    events: () => {
      isAsked.resolve()
      return new Promise<never>(() => undefined)
    },
  }
  const cursors = new Map([[owner.id, undefined]])
  const plan = { cursors, filter: PathFilter.publicPaths, limit: undefined, reverse: false, live: true }
  const sink = { send: () => expect.unreachable(), pendingBytes: 0, drained: () => Promise.resolve() }
  const run = new StreamRun(log, hub, { ...plan, isRevoked: undefined }, sink)
  const end = run.run()
  await isAsked.promise
  run.stop('revoked')
  expect(await end).toBe('revoked')
})
