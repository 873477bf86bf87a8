import assert from 'node:assert/strict'
import { hasHeader, is, listed, varyStarts } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'

/** Paths. */
export const paths: Item[] = [
  item(45, 'trailing white space and backslashes are refused', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/report', 'untouched')
    for (const path of ['/pub/report%20', '/pub/report%C2%A0', '/pub/report%E3%80%80', '/pub/scope/%5C..%5Creport']) {
      is(await user.put(path, 'x'), 400)
      is(await user.delete(path), 400)
    }
    is(await user.read('/pub/report'), 200, 'untouched')
  }),
  item(46, 'an escaped slash is a slash', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a/b', 'nested')
    is(await user.read('/pub/a%2Fb'), 200, 'nested')
  }),
  item(47, 'empty segments are dropped', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a/b', 'nested')
    is(await user.read('/pub//a///b'), 200, 'nested')
  }),
  item(48, 'dot segments are resolved', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/y', 'y')
    is(await user.read('/pub/x/../y'), 200, 'y')
  }),
  item(49, 'a path above the root is refused', async (t) => {
    const user = await t.newUser()
    is(await user.read('/../x'), 400, 'Invalid storage path: path traverses above root')
  }),
  item(50, 'dot segments cannot reach private files', async (t) => {
    const user = await t.newUser()
    const answer = await user.read('/pub/../priv/x')
    is(answer, 401)
    hasHeader(answer, 'cache-control', 'no-store')
    varyStarts(answer, 'Authorization, Cookie')
  }),
  item(51, 'invalid UTF-8 is refused', async (t) => {
    const user = await t.newUser()
    is(await user.put('/pub/%ff', 'x'), 400, 'Storage path is not valid UTF-8')
    const headers = { ...user.headers, 'pubky-host': user.z32 }
    const legacy = await t.send('/pub/%ff', { method: 'PUT', headers, body: 'x' })
    is(legacy, 400, 'Invalid URL: Invalid UTF-8 in `path`')
  }),
  item(52, 'a segment of 256 bytes is refused', async (t) => {
    const user = await t.newUser()
    const text = 'Invalid storage path: path segment is 256 bytes; maximum is 255'
    is(await user.put(`/pub/${'a'.repeat(256)}`, 'x'), 400, text)
  }),
  item(53, 'a path of 972 bytes is the longest', async (t) => {
    const user = await t.newUser()
    const longest = `/pub${`/${'a'.repeat(199)}`.repeat(4)}/${'b'.repeat(167)}`
    assert.equal(longest.length, 972)
    is(await user.put(longest, 'x'), 201)
    is(await user.put(`${longest}b`, 'x'), 400, 'Invalid storage path: path is 973 bytes; maximum is 972')
  }),
  item(54, 'a percent sign in a name', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/100%25', 'all')
    is(await user.read('/pub/100%25'), 200, 'all')
    assert.deepEqual(listed(await user.read('/pub/')), ['/pub/100%'])
  }),
  item(55, 'names are listed raw', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/%C3%BCber', 'x')
    assert.deepEqual(listed(await user.read('/pub/')), ['/pub/über'])
  }),
]
