import assert from 'node:assert/strict'
import { is, listed } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'

async function userWith(t: Target, paths: readonly string[]): Promise<User> {
  const user = await t.newUser()
  await Promise.all(paths.map((path) => user.store(path)))
  return user
}

const DEEP = ['a.txt', 'b.txt', 'c.txt', 'cc-nested/z.txt', 'd.txt'].map((name) => `/pub/example.com/${name}`)
const NEIGHBOURS = ['/pub/a.wrong/a.txt', '/pub/example.wrong', '/pub/z.wrong']

const SHALLOW_FILES = [
  '/pub/a.com/a.txt',
  '/pub/example.com/a.txt',
  '/pub/example.com/b.txt',
  '/pub/example.com/c.txt',
  '/pub/example.com/d.txt',
  '/pub/example.con/d.txt',
  '/pub/example.con-file',
  '/pub/file',
  '/pub/file2',
  '/pub/z.com/a.txt',
]
const SHALLOW = [
  '/pub/a.com/',
  '/pub/example.com/',
  '/pub/example.con-file',
  '/pub/example.con/',
  '/pub/file',
  '/pub/file2',
  '/pub/z.com/',
]

/** Listings. */
export const listings: Item[] = [
  item(90, 'a deep listing', async (t) => {
    const user = await userWith(t, [...DEEP, ...NEIGHBOURS].reverse())
    assert.deepEqual(listed(await user.read('/pub/example.com/')), DEEP)
  }),
  item(91, 'limit and cursor in both forms', async (t) => {
    const user = await userWith(t, DEEP)
    assert.deepEqual(listed(await user.read('/pub/example.com/?limit=2')), DEEP.slice(0, 2))
    for (const cursor of [`${user.z32}${DEEP[0]}`, `pubky://${user.z32}${DEEP[0]}`]) {
      const page = await user.read(`/pub/example.com/?limit=2&cursor=${encodeURIComponent(cursor)}`)
      assert.deepEqual(listed(page), DEEP.slice(1, 3))
    }
  }),
  item(92, 'a shallow listing', async (t) => {
    const user = await userWith(t, SHALLOW_FILES)
    assert.deepEqual(listed(await user.read('/pub/?shallow=true')), SHALLOW)
  }),
  item(93, 'a cursor inside of a folder continues after it', async (t) => {
    const user = await userWith(t, SHALLOW_FILES)
    for (const cursor of ['/pub/example.com/', '/pub/example.com/a.txt']) {
      const page = await user.read(`/pub/?shallow=true&limit=2&cursor=${user.z32}${cursor}`)
      assert.deepEqual(listed(page), ['/pub/example.con-file', '/pub/example.con/'])
    }
  }),
  item(94, 'reverse', async (t) => {
    const user = await userWith(t, SHALLOW_FILES)
    const sorted = [...SHALLOW_FILES].sort()
    assert.deepEqual(listed(await user.read('/pub/?reverse=true')), sorted.toReversed())
    assert.deepEqual(listed(await user.read('/pub/?reverse=true&shallow=true')), SHALLOW.toReversed())
    const page = await user.read(`/pub/?reverse=true&limit=2&cursor=${user.z32}${sorted.at(-1)}`)
    assert.deepEqual(listed(page), sorted.toReversed().slice(1, 3))
  }),
  item(95, 'paging with the last entry', async (t) => {
    const user = await userWith(t, DEEP)
    const [first] = listed(await user.read('/pub/example.com/?limit=1'))
    const [second] = listed(await user.read(`/pub/example.com/?limit=1&cursor=${user.z32}${first}`))
    assert.deepEqual([first, second], DEEP.slice(0, 2))
  }),
  item(96, 'a folder without entries does not exist', async (t) => {
    const user = await userWith(t, ['/pub/a'])
    is(await user.read('/pub/none/'), 404, 'Directory Not Found')
  }),
  item(97, 'unusable cursors', async (t) => {
    const user = await userWith(t, ['/pub/x'])
    for (const cursor of ['/pub/x', 'x', `pubky${user.z32}/pub/x`, `${user.z32}/pub//x`]) {
      is(await user.read(`/pub/?cursor=${cursor}`), 400, 'Invalid cursor')
    }
  }),
  item(98, 'existence comes before the cursor', async (t) => {
    const user = await userWith(t, ['/pub/x'])
    is(await user.read('/pub/none/?cursor=x'), 404, 'Directory Not Found')
  }),
  item(99, 'limits out of range', async (t) => {
    const names = Array.from({ length: 1001 }, (_, index) => `/pub/n/${String(index).padStart(4, '0')}`)
    const user = await t.newUser()
    for (let start = 0; start < names.length; start += 50) {
      await Promise.all(names.slice(start, start + 50).map((path) => user.store(path, '')))
    }
    assert.deepEqual(listed(await user.read('/pub/n/?limit=0')), [])
    for (const limit of ['abc', '70000', '']) {
      assert.equal(listed(await user.read(`/pub/n/?limit=${limit}`)).length, 100)
    }
    assert.equal(listed(await user.read('/pub/n/?limit=5000')).length, 1000)
  }),
  item(100, 'boolean parameters', async (t) => {
    const user = await userWith(t, SHALLOW_FILES)
    assert.deepEqual(listed(await user.read('/pub/?shallow')), SHALLOW)
    is(await user.read('/pub/?shallow=maybe'), 400, 'Invalid boolean parameter')
  }),
  item(
    101,
    'an underscore is no wildcard',
    async (t) => {
      const user = await userWith(t, ['/pub/a_b/x', '/pub/axb/y'])
      assert.deepEqual(listed(await user.read('/pub/a_b/')), ['/pub/a_b/x'])
    },
    { better: true },
  ),
  item(
    102,
    'signs of regular expressions are only names',
    async (t) => {
      const user = await userWith(t, ['/pub/c++/d/f'])
      assert.deepEqual(listed(await user.read('/pub/c++/?shallow=true')), ['/pub/c++/d/'])
    },
    { better: true },
  ),
  item(103, 'shallow paging visits each item once', async (t) => {
    const user = await t.newUser()
    const expected: string[] = []
    for (let start = 0; start < 1000; start += 50) {
      const group = Array.from({ length: 50 }, (_, offset) => String(start + offset).padStart(4, '0'))
      await Promise.all(
        group.map(async (name, offset) => {
          const folder = offset % 3 === 0
          expected.push(folder ? `/pub/s/${name}/` : `/pub/s/${name}`)
          await user.store(folder ? `/pub/s/${name}/a` : `/pub/s/${name}`, '')
          if (folder) await user.store(`/pub/s/${name}/b`, '')
        }),
      )
    }
    const seen: string[] = []
    for (;;) {
      const cursor = seen.length === 0 ? '' : `&cursor=${user.z32}${seen.at(-1)}`
      const page = listed(await user.read(`/pub/s/?shallow=true&limit=7${cursor}`))
      seen.push(...page)
      if (page.length < 7) break
    }
    assert.deepEqual(seen, expected.sort())
  }),
]
