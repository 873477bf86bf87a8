import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PING_INTERVAL_MS, REFRESH_INTERVAL_MS } from './constants.ts'
import { idDistance, randomId } from './node-id.ts'
import type { LookupResult } from './query/lookup.ts'
import { emptyReport } from './query/report.ts'
import { Upkeep } from './upkeep.ts'

const ownId = randomId()
const nothing: LookupResult = { report: emptyReport(), closest: [], responders: [], seen: [] }
let looked: number[]
let known: number
let quiet: number[]

beforeEach(() => {
  vi.useFakeTimers()
  looked = []
  known = 1
  quiet = []
})
afterEach(() => {
  vi.useRealTimers()
})

function upkeep(canBootstrap = true) {
  const calls = { onRound: vi.fn(), onRefresh: vi.fn(), checkQuiet: vi.fn(async () => {}) }
  const nodes = {
    ownId,
    get size() {
      return known
    },
    checkQuiet: calls.checkQuiet,
    quietBuckets: () => quiet,
  }
  const findNode = async (target: Uint8Array) => {
    looked.push(idDistance(ownId, target))
    return nothing
  }
  const created = new Upkeep({ nodes, lookups: { findNode }, now: () => Date.now(), canBootstrap, ...calls })
  created.start()
  return { ...calls, [Symbol.dispose]: () => created[Symbol.dispose]() }
}

describe('upkeep', () => {
  test('looks the node up at the start and at every refresh, and quiet buckets with it', async () => {
    using work = upkeep()
    expect(looked).toEqual([0])
    quiet = [160, 157]
    await vi.advanceTimersByTimeAsync(REFRESH_INTERVAL_MS)
    expect(looked).toEqual([0, 0, 160, 157])
    expect(work.onRefresh).toHaveBeenCalledOnce()
  })

  test('pings the quiet and lets others clean up every round', async () => {
    using work = upkeep()
    await vi.advanceTimersByTimeAsync(2 * PING_INTERVAL_MS)
    expect([work.checkQuiet, work.onRound].map((call) => call.mock.calls.length)).toEqual([2, 2])
  })

  test('enters again while it knows nobody, at growing pauses, and again when everybody has gone', async () => {
    known = 0
    using _ = upkeep()
    await vi.advanceTimersByTimeAsync(7_500)
    expect(looked).toEqual([0, 0, 0, 0])
    known = 1
    await vi.advanceTimersByTimeAsync(60_000)
    const before = looked.length
    known = 0
    await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS + 1_500)
    expect(looked.length).toBeGreaterThan(before)
  })

  test('has nowhere to enter again without bootstrap nodes', async () => {
    known = 0
    using _ = upkeep(false)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(looked).toEqual([0])
  })

  test('does nothing more once it is disposed of', async () => {
    known = 0
    const work = upkeep()
    await vi.advanceTimersByTimeAsync(0)
    work[Symbol.dispose]()
    await vi.advanceTimersByTimeAsync(3 * REFRESH_INTERVAL_MS)
    expect(looked).toEqual([0])
    expect(vi.getTimerCount()).toBe(0)
  })
})
