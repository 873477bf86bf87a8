import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventRecord, EventWalk } from '../store.ts'
import { A, B, logOf, NOW, PRIVATE, PUBLIC, type StoreBench } from './store-bench.contract.ts'

const END = Number.MAX_SAFE_INTEGER
/** Names whose order by bytes is another than by UTF-16. */
const NAMES = ['a', 'a/b', 'a/b/c', 'a!', 'a0', 'b/é', 'b/\ufb01', 'b/😀', '100%']

export function eventsContract(at: StoreBench): void {
  const { user, write, put, remove } = at

  describe('events', () => {
    test('of a walk are those of its user, span, bounds and order, as many as asked for', async () => {
      const owners = [await user(A), await user(B)]
      const paths = ['/pub/', '/priv/'].flatMap((root) => NAMES.map((name) => root + name))
      for (let index = 0; index < 150; index += 1) {
        const owner = owners[index % 3 === 0 ? 0 : 1]
        const path = paths[(index * 7) % paths.length]
        if (owner === undefined || path === undefined) continue
        if (index % 4 === 3) await remove(owner, path)
        else await put(owner, path)
      }
      const log = await logOf(at.store)
      expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1))
      expect(await at.store.latestEventId()).toBe(log.length)

      const id = fc.oneof(fc.integer({ min: 0, max: log.length + 2 }), fc.constant(END))
      const walk: fc.Arbitrary<EventWalk> = fc.record({
        userId: fc.constantFrom(undefined, ...owners.map(({ id }) => id)),
        paths: fc.oneof(
          fc.constantFrom(PUBLIC, PRIVATE),
          fc
            .tuple(fc.constantFrom(...paths), fc.constantFrom(...paths))
            .map(([first, last]) => ({ isPrivate: first.startsWith('/priv/'), first, last }))
            .filter(({ first, last }) => first.slice(0, 4) === last.slice(0, 4)),
        ),
        order: fc.constantFrom('ascending', 'descending'),
        after: id,
        before: id,
      })
      await fc.assert(
        fc.asyncProperty(walk, fc.integer({ min: 1, max: 80 }), async (asked, count) => {
          const passed = passedBy(asked, log)
          const shown = passed.filter(({ path }) => isWithin(path, asked))
          expect(await at.store.events(asked, count)).toEqual(shown.slice(0, count))
          const end = await at.store.eventIdAhead(asked, count)
          expect(end).toBe(passed[count - 1]?.id)
        }),
        { numRuns: 300 },
      )
    })

    test('names what happened', async () => {
      const a = await user(A)
      const written = write(a, '/pub/1', 3)
      await at.store.commitWrite(written)
      await remove(a, '/pub/1')
      const shared = { userId: a.id, user: A, path: '/pub/1' }
      expect(await logOf(at.store)).toEqual([
        { ...shared, id: 1, type: 'PUT', contentHash: written.etag.slice(1, -1), at: NOW },
        { ...shared, id: 2, type: 'DEL', contentHash: undefined, at: NOW + 1 },
      ])
    })

    test('times are unique, rise with ids, and find their event', async () => {
      const a = await user(A)
      for (const name of NAMES.slice(4)) await put(a, `/pub/${name}`)
      const times = (await logOf(at.store)).map(({ at }) => at)
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

/** Events that a walk comes past, in or out of its span; one of everybody's private events comes past all. */
function passedBy({ userId, paths, order, after, before }: EventWalk, log: readonly EventRecord[]): EventRecord[] {
  const passed = log
    .filter(({ id }) => id > after && id < before)
    .filter((event) => userId === undefined || event.userId === userId)
    .filter(({ path }) => path.startsWith('/priv/') === paths.isPrivate || (userId === undefined && paths.isPrivate))
  return order === 'ascending' ? passed : passed.toReversed()
}

function isWithin(path: string, { paths: { first, last } }: EventWalk): boolean {
  const bytes = Buffer.from(path)
  return Buffer.compare(Buffer.from(first), bytes) <= 0 && Buffer.compare(bytes, Buffer.from(last)) <= 0
}
