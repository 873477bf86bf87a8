import assert from 'node:assert/strict'
import { hasHeader, includesHeader, is, varyStarts } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'

const HELLO_ETAG = '"6o8WPbOGgpJeRJHF5Y1Ls1Bu+MFOt4qG6QjFYkpnIA8="'
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

async function stored(t: Target): Promise<{ user: User; etag: string; lastModified: string }> {
  const user = await t.newUser()
  await user.store('/pub/f', 'hello')
  const { headers } = await user.read('/pub/f')
  return { user, etag: headers.etag!, lastModified: headers['last-modified']! }
}

/** Validators and headers. */
export const validators: Item[] = [
  item(56, 'headers of a public file, legacy', async (t) => {
    const { user } = await stored(t)
    const answer = await t.send('/pub/f', { headers: { 'pubky-host': user.z32 } })
    is(answer, 200)
    hasHeader(answer, 'cache-control', 'private, must-revalidate')
    varyStarts(answer, 'pubky-host')
    assert.ok(answer.headers.etag)
    assert.ok(answer.headers['last-modified'])
  }),
  item(57, 'a matching If-None-Match, legacy', async (t) => {
    const { user, etag, lastModified } = await stored(t)
    const answer = await t.send('/pub/f', { headers: { 'pubky-host': user.z32, 'if-none-match': etag } })
    is(answer, 304, '')
    hasHeader(answer, 'cache-control', 'private, must-revalidate')
    hasHeader(answer, 'etag', etag)
    hasHeader(answer, 'last-modified', lastModified)
    varyStarts(answer, 'pubky-host')
  }),
  item(58, 'If-Modified-Since with the last date', async (t) => {
    const { user, lastModified } = await stored(t)
    is(await user.read('/pub/f', { headers: { 'if-modified-since': lastModified } }), 304)
  }),
  item(59, 'an old tag beats a current date', async (t) => {
    const { user, etag } = await stored(t)
    await user.store('/pub/f', 'other')
    const now = (await user.read('/pub/f')).headers['last-modified']!
    is(await user.read('/pub/f', { headers: { 'if-none-match': etag, 'if-modified-since': now } }), 200, 'other')
  }),
  item(60, 'lists of tags; weak tags', async (t) => {
    const { user, etag } = await stored(t)
    is(await user.read('/pub/f', { headers: { 'if-none-match': `"zzz", ${etag}` } }), 304)
    const weak = await user.read('/pub/f', { headers: { 'if-none-match': `W/${etag}` } })
    if (t.official) is(weak, 200)
    else is(weak, 304)
  }),
  item(61, 'headers of a public listing, legacy', async (t) => {
    const { user } = await stored(t)
    const answer = await t.send('/pub/', { headers: { 'pubky-host': user.z32 } })
    is(answer, 200)
    hasHeader(answer, 'cache-control', undefined)
    varyStarts(answer, 'pubky-host')
  }),
  item(62, 'a PNG signature', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/foo', PNG)
    hasHeader(await user.read('/pub/foo'), 'content-type', 'image/png')
  }),
  item(63, 'plain text by name', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/text.txt', 'lorem ipsum')
    hasHeader(await user.read('/pub/text.txt'), 'content-type', 'text/plain')
  }),
  item(64, 'JSON by name', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/data/roundtrip.json', '{"a":1}')
    includesHeader(await user.read('/pub/data/roundtrip.json'), 'content-type', 'application/json')
  }),
  item(65, 'the tag is the hash of the event stream', async (t) => {
    const { user, etag } = await stored(t)
    const answer = await t.send(`/events-stream?user=${user.z32}&limit=1`)
    is(answer, 200)
    includesHeader(answer, 'content-type', 'text/event-stream')
    assert.match(answer.text, new RegExp(`content_hash: ${etag.slice(1, -1).replace(/[+/]/g, '\\$&')}`))
  }),
  item(66, 'the tag of hello', async (t) => {
    const { etag } = await stored(t)
    assert.equal(etag, HELLO_ETAG)
  }),
]
