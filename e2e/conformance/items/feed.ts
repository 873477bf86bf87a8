import assert from 'node:assert/strict'
import { is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import { feedOf } from './storage.ts'

/** Feed. */
export const feed: Item[] = [
  item(145, 'pages of ten', async (t) => {
    const user = await t.newUser()
    const start = /cursor: (.+)$/.exec((await t.send('/events/?limit=1000')).text)?.[1]
    let cursor = start ?? ''
    for (;;) {
      const { text } = await t.send(`/events/?limit=1000&cursor=${cursor}`)
      const next = /cursor: (.+)$/.exec(text)?.[1]
      if (next === undefined || next === cursor) break
      cursor = next
    }
    const expected: string[] = []
    for (let index = 0; index < 10; index++) {
      await user.store(`/pub/${index}`)
      is(await user.delete(`/pub/${index}`), 204)
      expected.push(`PUT pubky://${user.z32}/pub/${index}`, `DEL pubky://${user.z32}/pub/${index}`)
    }
    const seen: string[] = []
    for (let page = 0; page < 2; page++) {
      const answer = await t.send(`/events/?limit=10&cursor=${cursor}`)
      is(answer, 200)
      const lines = answer.text.split('\n').filter((line) => line !== '')
      const last = lines.pop() ?? ''
      assert.match(last, /^cursor: \S+$/)
      cursor = last.slice('cursor: '.length)
      assert.equal(lines.length, 10)
      seen.push(...lines)
    }
    assert.deepEqual(seen, expected)
  }),
  item(146, 'an event is never ahead of its file', async (t) => {
    const user = await t.newUser()
    const writing = Array.from({ length: 20 }, (_, index) => user.store(`/pub/${index}`))
    for (let round = 0; round < 10; round++) {
      const lines = await feedOf(t, user.z32)
      for (const line of lines) {
        const path = line.slice(line.indexOf('/pub/'))
        is(await user.read(path), 200)
      }
    }
    await Promise.all(writing)
  }),
  item(147, 'private writes are not in the feed', async (t) => {
    const user = await t.newUser()
    await user.store('/priv/secret')
    await user.store('/pub/public')
    assert.deepEqual(await feedOf(t, user.z32), [`PUT pubky://${user.z32}/pub/public`])
    const { text } = await t.send('/events/?limit=1000', { headers: { ...user.headers, 'pubky-host': user.z32 } })
    assert.ok(!text.includes('/priv/'))
  }),
  item(148, 'a bad cursor', async (t) => {
    is(await t.send('/events/?cursor=abc'), 400, 'Invalid cursor')
  }),
  item(149, 'only /pub/ is public', async (t) => {
    const user = await t.newUser()
    is(await user.put('/public/evil', 'x'), 403)
    is(await user.put('/pub', 'x'), 403)
    await user.store('/pub/good')
    assert.deepEqual(await feedOf(t, user.z32), [`PUT pubky://${user.z32}/pub/good`])
  }),
]
