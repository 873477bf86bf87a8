import assert from 'node:assert/strict'
import { hasHeader, includesHeader, is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import { stranger } from './general.ts'

const FIVE = Uint8Array.of(0, 1, 2, 3, 4)

/** Storage basics. */
export const storage: Item[] = [
  item(24, 'PUT with unrelated pubky-host header and query', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const answer = await t.send(`${user.at('/pub/foo.txt')}?pubky-host=${other.z32}`, {
      method: 'PUT',
      headers: { ...user.headers, 'pubky-host': other.z32 },
      body: FIVE,
    })
    is(answer, 201, '')
  }),
  item(25, 'anonymous GET of a public file', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/foo.txt', FIVE)
    const answer = await user.read('/pub/foo.txt')
    is(answer, 200)
    hasHeader(answer, 'content-type', 'text/plain')
    assert.deepEqual(new Uint8Array(answer.body), FIVE)
  }),
  item(26, 'HEAD of a public file', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/foo.txt', FIVE)
    const answer = await user.read('/pub/foo.txt', { method: 'HEAD' })
    is(answer, 200, '')
    hasHeader(answer, 'content-length', '5')
    hasHeader(answer, 'content-type', 'text/plain')
    assert.ok(answer.headers.etag)
  }),
  item(27, 'DELETE, then GET', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/foo.txt', FIVE)
    is(await user.delete('/pub/foo.txt'), 204, '')
    is(await user.read('/pub/foo.txt'), 404, 'Not Found')
  }),
  item(28, 'PUT and DEL stand in the feed in order', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/foo.txt', FIVE)
    is(await user.delete('/pub/foo.txt'), 204)
    const lines = (await feedOf(t, user.z32)).slice(0, 2)
    assert.deepEqual(lines, [`PUT pubky://${user.z32}/pub/foo.txt`, `DEL pubky://${user.z32}/pub/foo.txt`])
  }),
  item(29, 'PUT and DELETE of a directory, path-addressed', async (t) => {
    const user = await t.newUser()
    is(await user.put('/pub/directory/', 'x'), 400, 'Target path must be a file')
    is(await user.delete('/pub/directory/'), 400, 'Target path must be a file')
  }),
  item(30, 'PUT of a directory, legacy', async (t) => {
    const user = await t.newUser()
    const headers = { ...user.headers, 'pubky-host': user.z32 }
    const answer = await t.send('/pub/directory/', { method: 'PUT', headers, body: 'x' })
    is(answer, 400, 'Invalid URL: target path must be a file')
  }),
  item(31, 'both addressings reach the same file', async (t) => {
    const user = await t.newUser()
    const legacy = { ...user.headers, 'pubky-host': user.z32 }
    is(await t.send('/pub/a', { method: 'PUT', headers: legacy, body: 'legacy' }), 201)
    is(await user.read('/pub/a'), 200, 'legacy')
    is(await user.delete('/pub/a'), 204)
    is(await t.send('/pub/a', { headers: legacy }), 404)
    await user.store('/pub/b', 'storage')
    is(await t.send('/pub/b', { headers: legacy }), 200, 'storage')
    is(await t.send('/pub/b', { method: 'DELETE', headers: legacy }), 204)
    is(await user.read('/pub/b'), 404)
  }),
  item(32, 'PUT and GET of 1 MiB of zeros', async (t) => {
    const user = await t.newUser()
    const zeros = new Uint8Array(1024 * 1024)
    is(await user.put('/pub/zeros', zeros), 201)
    assert.ok((await user.read('/pub/zeros')).body.equals(zeros))
  }),
  item(33, 'an empty body', async (t) => {
    const user = await t.newUser()
    is(await user.put('/pub/empty', ''), 201)
    const answer = await user.read('/pub/empty')
    is(answer, 200, '')
    hasHeader(answer, 'content-length', '0')
  }),
  item(34, 'PUT twice to one path', async (t) => {
    const user = await t.newUser()
    is(await user.put('/pub/twice', 'first'), 201)
    is(await user.put('/pub/twice', 'second'), 201)
    is(await user.read('/pub/twice'), 200, 'second')
  }),
  item(35, 'users do not share paths', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    await user.store('/pub/same', 'mine')
    await other.store('/pub/same', 'theirs')
    is(await user.read('/pub/same'), 200, 'mine')
    is(await other.read('/pub/same'), 200, 'theirs')
    is(await user.delete('/pub/same'), 204)
    is(await other.read('/pub/same'), 200, 'theirs')
  }),
  item(36, 'users do not share bytes', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    await user.store('/pub/same', 'equal')
    await other.store('/pub/same', 'equal')
    is(await user.delete('/pub/same'), 204)
    is(await other.read('/pub/same'), 200, 'equal')
    const feed = await feedOf(t, user.z32, other.z32)
    assert.deepEqual(feed, [
      `PUT pubky://${user.z32}/pub/same`,
      `PUT pubky://${other.z32}/pub/same`,
      `DEL pubky://${user.z32}/pub/same`,
    ])
  }),
  item(37, 'DELETE of nothing', async (t) => {
    const user = await t.newUser()
    is(await user.delete('/pub/none'), 404, 'Not Found')
  }),
  item(38, 'reads of a key without account', async (t) => {
    const nobody = stranger()
    is(await t.send(`/storage/${nobody}/pub/a`), 404, 'Not Found')
    is(await t.send(`/storage/${nobody}/pub/`), 404, 'Directory Not Found')
    is(await t.send(`/storage/${nobody}/pub/a`, { method: 'HEAD' }), 404)
  }),
  item(39, 'HEAD of a directory', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/x')
    is(await user.read('/pub/', { method: 'HEAD' }), 404)
  }),
  item(40, 'GET of a folder name is no redirect', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/app/x')
    is(await user.read('/pub/app'), 404)
  }),
  item(41, 'GET outside of the roots', async (t) => {
    const user = await t.newUser()
    const text = "Reading from directories other than '/pub/' and '/priv/' is forbidden"
    is(await user.read('/pub'), 403, text)
  }),
  item(42, 'PUT outside of the roots', async (t) => {
    const user = await t.newUser()
    const text = "Writing to directories other than '/pub/' and '/priv/' is forbidden"
    is(await user.put('/foo/x', 'x'), 403, text)
  }),
  item(43, 'Range is either ignored or honoured', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/range', 'abcdef')
    const answer = await user.read('/pub/range', { headers: { range: 'bytes=0-1' } })
    if (answer.status === 206) {
      assert.equal(answer.text, 'ab')
      hasHeader(answer, 'content-range', 'bytes 0-1/6')
    } else is(answer, 200, 'abcdef')
  }),
  item(44, 'the type comes from content and name, not from the client', async (t) => {
    const user = await t.newUser()
    is(await user.put('/pub/a.txt', 'plain text', { headers: { 'content-type': 'image/gif' } }), 201)
    includesHeader(await user.read('/pub/a.txt'), 'content-type', 'text/plain')
  }),
]

/** Lines of `/events/` that concern these users, without the cursor lines. */
export async function feedOf(
  t: { send(path: string): Promise<{ text: string }> },
  ...users: readonly string[]
): Promise<string[]> {
  const found: string[] = []
  let cursor = ''
  for (;;) {
    const { text } = await t.send(`/events/?limit=1000&cursor=${cursor}`)
    const lines = text.split('\n').filter((line) => line !== '')
    const next = lines.pop()?.replace('cursor: ', '')
    found.push(...lines.filter((line) => users.some((user) => line.includes(`//${user}/`))))
    if (lines.length === 0 || next === undefined || next === cursor) return found
    cursor = next
  }
}
