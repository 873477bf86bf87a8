import { describe, expect, test } from 'vitest'
import type { ListQuery, UserRecord } from '../store.ts'
import { A, type StoreBench } from './store-bench.contract.ts'

export function listingsContract(at: StoreBench): void {
  const { user, put } = at

  describe('listings', () => {
    const EXAMPLE = [
      'a.com/a.txt',
      'example.com/a.txt',
      'example.com/b.txt',
      'example.com/c.txt',
      'example.com/d.txt',
      'example.con/d.txt',
      'example.con-file',
      'file',
      'file2',
      'z.com/a.txt',
    ]
    const SHALLOW = ['a.com/', 'example.com/', 'example.con-file', 'example.con/', 'file', 'file2', 'z.com/']

    const list = async (owner: UserRecord, changes: Partial<ListQuery> = {}) => {
      const query: ListQuery = {
        userId: owner.id,
        directory: '/pub/',
        cursor: undefined,
        reverse: false,
        shallow: false,
        limit: 100,
        ...changes,
      }
      const paths = await at.store.listPaths(query)
      const entries = await at.store.listEntries(query)
      expect(entries.map(({ path }) => path)).toEqual(paths)
      for (const { path, entry } of entries) expect(entry?.path).toBe(path.endsWith('/') ? undefined : path)
      return paths.map((path) => path.slice(query.directory.length))
    }

    async function example(): Promise<UserRecord> {
      const a = await user(A)
      for (const path of EXAMPLE.toSorted(() => 1)) await put(a, `/pub/${path}`)
      await put(a, '/priv/hidden')
      return a
    }

    test('deep and shallow, both ways', async () => {
      const a = await example()
      const deep = EXAMPLE.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
      expect(await list(a)).toEqual(deep)
      expect(await list(a, { reverse: true })).toEqual(deep.toReversed())
      expect(await list(a, { shallow: true })).toEqual(SHALLOW)
      expect(await list(a, { shallow: true, reverse: true })).toEqual(SHALLOW.toReversed())
      expect(await list(a, { limit: 0 })).toEqual([])
      expect(await list(a, { directory: '/pub/none/' })).toEqual([])
      expect(await at.store.hasEntriesBelow(a.id, '/pub/example.com/')).toBe(true)
      expect(await at.store.hasEntriesBelow(a.id, '/pub/example.c/')).toBe(false)
    })

    test('every cursor of the walk continues it, for every page size', async () => {
      const a = await example()
      for (const shallow of [false, true]) {
        for (const reverse of [false, true]) {
          const all = await list(a, { shallow, reverse })
          for (let limit = 1; limit <= 4; limit += 1) {
            const seen: string[] = []
            let cursor: string | undefined
            for (;;) {
              const page = await list(a, { shallow, reverse, limit, cursor })
              if (page.length === 0) break
              seen.push(...page)
              cursor = `/pub/${page.at(-1)}`
            }
            expect(seen).toEqual(all)
          }
        }
      }
    })

    test('cursors that are no entry, inside folders, before and behind', async () => {
      const a = await example()
      const next = (cursor: string, changes: Partial<ListQuery> = {}) =>
        list(a, { shallow: true, limit: 2, cursor: `/pub/${cursor}`, ...changes })
      expect(await next('example.com/')).toEqual(['example.con-file', 'example.con/'])
      expect(await next('example.com/a.txt')).toEqual(['example.con-file', 'example.con/'])
      expect(await next('example.com/zzz')).toEqual(['example.con-file', 'example.con/'])
      expect(await next('example.com/a.txt', { reverse: true })).toEqual(['example.com/', 'a.com/'])
      expect(await next('example.com/', { reverse: true })).toEqual(['a.com/'])
      expect(await next('exam')).toEqual(['example.com/', 'example.con-file'])
      expect(await list(a, { cursor: '/a', limit: 1 })).toEqual(['a.com/a.txt'])
      expect(await list(a, { cursor: '/z' })).toEqual([])
      expect(await list(a, { cursor: '/a', reverse: true })).toEqual([])
      expect(await list(a, { cursor: '/z', reverse: true, limit: 1 })).toEqual(['z.com/a.txt'])
    })

    test('directory names are literal', async () => {
      const a = await user(A)
      for (const path of ['a_b/x', 'axb/y', 'a%/z', 'c++/d/f', 'x|y/f', 'a*/b/c']) await put(a, `/pub/${path}`)
      expect(await list(a, { directory: '/pub/a_b/' })).toEqual(['x'])
      expect(await list(a, { directory: '/pub/c++/', shallow: true })).toEqual(['d/'])
      expect(await list(a, { directory: '/pub/x|y/', shallow: true })).toEqual(['f'])
      expect(await list(a, { directory: '/pub/a*/', shallow: true })).toEqual(['b/'])
    })

    test('order is by UTF-8 bytes, not by UTF-16 units', async () => {
      const a = await user(A)
      for (const name of ['\u{ff5e}', '\u{1f600}', 'z', 'ü']) await put(a, `/pub/${name}`)
      expect(await list(a)).toEqual(['z', 'ü', '\u{ff5e}', '\u{1f600}'])
      expect(await list(a, { cursor: '/pub/\u{ff5e}' })).toEqual(['\u{1f600}'])
    })

    test('a folder with more files than a page is stepped over', async () => {
      const a = await user(A)
      await Promise.all(Array.from({ length: 300 }, (_, index) => put(a, `/pub/big/${index}`, 0)))
      await put(a, '/pub/zoo', 0)
      await put(a, '/pub/aaa', 0)
      expect(await list(a, { shallow: true })).toEqual(['aaa', 'big/', 'zoo'])
      expect(await list(a, { shallow: true, reverse: true })).toEqual(['zoo', 'big/', 'aaa'])
      expect(await list(a, { shallow: true, cursor: '/pub/big/5', limit: 1 })).toEqual(['zoo'])
    })
  })
}
