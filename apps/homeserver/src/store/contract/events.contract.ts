import { describe, expect, test } from 'vitest'
import type { EventQuery } from '../store.ts'
import { A, B, eventQuery, NOW, type StoreBench } from './store-bench.contract.ts'

export function eventsContract(at: StoreBench): void {
  const { user, write, put, remove } = at

  describe('events', () => {
    async function log() {
      const a = await user(A)
      const b = await user(B)
      await put(a, '/pub/1')
      await put(b, '/priv/2')
      await put(b, '/pub/3')
      await put(a, '/priv/4')
      await remove(a, '/pub/1')
      return { a, b }
    }
    const ids = async (changes: Partial<EventQuery>) => (await at.store.events(eventQuery(changes))).map(({ id }) => id)

    test('scans by user, visibility, direction and bounds', async () => {
      const { a, b } = await log()
      expect(await ids({})).toEqual([1, 2, 3, 4, 5])
      expect(await ids({ visibility: 'public' })).toEqual([1, 3, 5])
      expect(await ids({ order: 'descending', limit: 2 })).toEqual([5, 4])
      expect(await ids({ order: 'descending', from: 4 })).toEqual([3, 2, 1])
      expect(await ids({ order: 'descending', visibility: 'public', from: 5 })).toEqual([3, 1])
      expect(await ids({ from: 2, upTo: 4 })).toEqual([3, 4])
      expect(await ids({ userId: a.id })).toEqual([1, 4, 5])
      expect(await ids({ userId: a.id, order: 'descending' })).toEqual([5, 4, 1])
      expect(await ids({ userId: b.id, visibility: 'public' })).toEqual([3])
      expect(await ids({ userId: a.id, from: 1, limit: 1 })).toEqual([4])
      expect(await at.store.latestEventId()).toBe(5)
      expect((await at.store.events(eventQuery({ from: 4 }))).at(0)).toMatchObject({
        type: 'DEL',
        user: A,
        path: '/pub/1',
        contentHash: undefined,
      })
    })

    test('times are unique, rise with ids, and find their event', async () => {
      await log()
      const times = (await at.store.events(eventQuery())).map(({ at }) => at)
      expect(times).toEqual(times.toSorted((x, y) => x - y))
      expect(new Set(times).size).toBe(5)
      for (const [index, time] of times.entries()) expect(await at.store.eventIdAt(time)).toBe(index + 1)
      expect(await at.store.eventIdAt(NOW - 1)).toBeUndefined()
      expect(await at.store.eventIdAt(NOW + 99)).toBeUndefined()
    })

    test('ids are given in the order of the acknowledgements', async () => {
      const a = await user(A)
      const acknowledged: number[] = []
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const done = await at.store.commitWrite(write(a, `/pub/${index}`, 1))
          if (done.outcome === 'written') acknowledged.push(done.event.id)
        }),
      )
      expect(acknowledged).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
    })
  })
}
