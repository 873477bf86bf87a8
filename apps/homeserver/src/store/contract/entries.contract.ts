import { describe, expect, test } from 'vitest'
import type { WriteCommit } from '../store.ts'
import { A, B, hex, logOf, NOW, type StoreBench, UNLIMITED } from './store-bench.contract.ts'

export function entriesContract(at: StoreBench): void {
  const { user, write, put, remove, used } = at

  describe('entries', () => {
    test('write, read, overwrite, delete: entry, body, event and usage together', async () => {
      const a = await user(A)
      const first = write(a, '/pub/f', 10)
      expect(await at.store.commitWrite(first)).toEqual({
        outcome: 'written',
        event: {
          id: 1,
          type: 'PUT',
          userId: a.id,
          user: A,
          path: '/pub/f',
          contentHash: first.etag.slice(1, -1),
          at: NOW,
        },
        orphan: undefined,
      })
      expect(await used(A)).toBe(266)
      const read = await at.store.readEntry(a.id, '/pub/f')
      expect(hex(read?.inlineBody)).toBe(hex(first.inlineBody))
      expect(read?.entry).toMatchObject({
        path: '/pub/f',
        contentLength: 10,
        etag: first.etag,
        createdAt: first.modifiedAt,
      })
      const second = write(a, '/pub/f', 4)
      await at.store.commitWrite(second)
      expect(await used(A)).toBe(260)
      const again = await at.store.readEntry(a.id, '/pub/f')
      expect(hex(again?.inlineBody)).toBe(hex(second.inlineBody))
      expect(again?.entry).toMatchObject({ createdAt: first.modifiedAt, modifiedAt: second.modifiedAt })
      expect(await remove(a, '/pub/f')).toBe('deleted')
      expect(await remove(a, '/pub/f')).toBe('entry-unknown')
      expect(await used(A)).toBe(0)
      expect(await at.store.findEntry(a.id, '/pub/f')).toBeUndefined()
      expect((await logOf(at.store)).map(({ id, type }) => [id, type])).toEqual([
        [1, 'PUT'],
        [2, 'PUT'],
        [3, 'DEL'],
      ])
    })

    test('replacing or deleting a blob names the orphan; inline bodies leave none', async () => {
      const a = await user(A)
      const asBlob = (blobId: string): Partial<WriteCommit> => ({
        body: { blobId, place: 'blob', keyGeneration: 1 },
        inlineBody: undefined,
      })
      const one = '1'.repeat(32)
      const two = '2'.repeat(32)
      await put(a, '/pub/f', 3)
      expect(await at.store.commitWrite(write(a, '/pub/f', 99_999, asBlob(one)))).toMatchObject({ orphan: undefined })
      expect((await at.store.readEntry(a.id, '/pub/f'))?.inlineBody).toBeUndefined()
      expect((await at.store.findEntry(a.id, '/pub/f'))?.body).toEqual({ blobId: one, place: 'blob', keyGeneration: 1 })
      expect(await at.store.namedBlobs([one, two])).toEqual(new Set([one]))
      expect(await at.store.commitWrite(write(a, '/pub/f', 99_999, asBlob(two)))).toMatchObject({ orphan: one })
      expect(await at.store.commitWrite(write(a, '/pub/f', 5))).toMatchObject({ orphan: two })
      expect((await at.store.readEntry(a.id, '/pub/f'))?.inlineBody).toHaveLength(5)
      await at.store.commitWrite(write(a, '/pub/g', 99_999, asBlob(one)))
      expect(
        await at.store.commitDelete({
          userId: a.id,
          path: '/pub/g',
          lockTokenHash: undefined,
          precondition: undefined,
          now: NOW,
        }),
      ).toMatchObject({ outcome: 'deleted', orphan: one })
    })

    test('an empty body is a body', async () => {
      const a = await user(A)
      expect(await put(a, '/pub/empty', 0)).toBe('written')
      expect((await at.store.readEntry(a.id, '/pub/empty'))?.inlineBody).toHaveLength(0)
      expect(await used(A)).toBe(256)
    })

    test('a path is a file or a folder, not both; neighbours in byte order do not collide', async () => {
      const a = await user(A)
      await put(a, '/pub/a/b')
      expect(await put(a, '/pub/a/b/c')).toBe('collision')
      expect(await put(a, '/pub/a/b/c/d')).toBe('collision')
      expect(await put(a, '/pub/a')).toBe('collision')
      for (const neighbour of ['/pub/a/b.', '/pub/a/b0', '/pub/a/b/'.slice(0, -1), '/pub/A/b/c', '/pub/a0']) {
        expect(await put(a, neighbour)).toBe('written')
      }
      expect(await at.store.collides(a.id, '/pub/a/b/!')).toBe(true)
      expect(await at.store.collides(a.id, '/pub/x')).toBe(false)
      await put(a, '/pub/s/😀')
      expect(await at.store.collides(a.id, '/pub/s')).toBe(true)
      const b = await user(B)
      expect(await put(b, '/pub/a')).toBe('written')
      await remove(a, '/pub/a/b')
      expect(await put(a, '/pub/a/b/c')).toBe('written')
    })

    test('two colliding writes at once: one wins, one event', async () => {
      const a = await user(A)
      const outcomes = await Promise.all([put(a, '/pub/app/foo'), put(a, '/pub/app/foo/bar')])
      expect(outcomes.toSorted()).toEqual(['collision', 'written'])
      expect(await logOf(at.store)).toHaveLength(1)
      expect(await used(A)).toBe(259)
    })

    test('quota is exact, with any number of writers', async () => {
      const a = await user(A)
      const limit = { defaultQuotaBytes: 10 * 300 }
      const outcomes = await Promise.all(Array.from({ length: 64 }, (_, index) => put(a, `/pub/${index}`, 44, limit)))
      expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(10)
      expect(outcomes.filter((outcome) => outcome === 'over-quota')).toHaveLength(54)
      expect(await used(A)).toBe(3_000)
      expect(await put(a, '/pub/0', 45, limit)).toBe('over-quota')
      expect(await put(a, '/pub/0', 44, limit)).toBe('written')
      expect(await put(a, '/pub/0', 0, { defaultQuotaBytes: 0 })).toBe('over-quota')
      expect(await put(a, '/pub/0', 0, limit)).toBe('written')
    })

    test('quota vectors of spec 03 §3.1', async () => {
      const a = await user(A)
      await at.store.replaceUserQuota(a.id, UNLIMITED, { ...UNLIMITED, storageMb: 1 })
      const big = (path: string, length: number) =>
        put(a, path, length, { defaultQuotaBytes: 1, inlineBody: new Uint8Array() })
      expect(await big('/pub/a', 600_000)).toBe('written')
      expect(await big('/pub/a', 600_000)).toBe('written')
      expect(await big('/pub/b', 600_000)).toBe('over-quota')
      expect(await big('/pub/a', 1_100_000)).toBe('over-quota')
      expect(await remove(a, '/pub/a')).toBe('deleted')
      expect(await big('/pub/a', 1_049_344)).toBe('over-quota')
      expect(await big('/pub/a', 1_048_320)).toBe('written')
      await remove(a, '/pub/a')
      expect(await big('/pub/a', 1_048_576)).toBe('over-quota')
      await at.store.replaceUserQuota(a.id, { ...UNLIMITED, storageMb: 1 }, { ...UNLIMITED, storageMb: 'unlimited' })
      expect(await big('/pub/a', 1_048_576)).toBe('written')
    })

    test('preconditions', async () => {
      const a = await user(A)
      const only = { precondition: { ifNoneMatch: '*' as const } }
      expect(await put(a, '/pub/f', 1, { precondition: { ifMatch: '*' } })).toBe('precondition-failed')
      expect(await put(a, '/pub/f', 1, only)).toBe('written')
      expect(await put(a, '/pub/f', 1, only)).toBe('precondition-failed')
      const etag = (await at.store.findEntry(a.id, '/pub/f'))?.etag ?? ''
      expect(await put(a, '/pub/f', 1, { precondition: { ifMatch: ['"x"', etag] } })).toBe('written')
      expect(await put(a, '/pub/f', 1, { precondition: { ifMatch: [etag] } })).toBe('precondition-failed')
      expect(await put(a, '/pub/f', 1, { precondition: { ifNoneMatch: [etag] } })).toBe('written')
      const outcome = async (precondition: WriteCommit['precondition']) =>
        (
          await at.store.commitDelete({
            userId: a.id,
            path: '/pub/f',
            lockTokenHash: undefined,
            precondition,
            now: NOW,
          })
        ).outcome
      expect(await outcome({ ifMatch: [etag] })).toBe('precondition-failed')
      expect(await outcome({ ifMatch: '*' })).toBe('deleted')
    })

    test('disabled and unknown users write nothing, the operator does', async () => {
      const a = await user(A)
      await at.store.setUserDisabled(a.id, true)
      expect(await put(a, '/pub/f')).toBe('user-disabled')
      expect(await put(a, '/pub/f', 3, { evenIfDisabled: true })).toBe('written')
      expect(await remove(a, '/pub/f')).toBe('deleted')
      expect(await put({ ...a, id: 77 }, '/pub/f')).toBe('user-unknown')
    })

    test('parallel deletes: one event, usage given back once', async () => {
      const a = await user(A)
      await put(a, '/pub/f', 100)
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => remove(a, '/pub/f')))
      expect(outcomes.filter((outcome) => outcome === 'deleted')).toHaveLength(1)
      expect(await used(A)).toBe(0)
      expect(await logOf(at.store)).toHaveLength(2)
    })

    test('totals of an account', async () => {
      const a = await user(A)
      await put(a, '/pub/a', 10)
      await put(a, '/priv/b', 20)
      expect(await at.store.entryTotals(a.id)).toEqual({ entries: 2, contentBytes: 30 })
    })
  })
}
