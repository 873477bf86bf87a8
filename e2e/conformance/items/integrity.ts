import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { eventually, hasHeader, is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'
import { feedOf } from './storage.ts'

/** Starts a PUT over a raw socket and closes it after `sent` of `body`'s bytes. */
function putAndVanish(t: Target, user: User, path: string, body: Uint8Array, sent: number): Promise<void> {
  const { hostname, port } = new URL(t.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      const head = `PUT ${user.at(path)} HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${user.headers.cookie}\r\n`
      socket.write(`${head}Content-Length: ${body.length}\r\n\r\n`)
      socket.write(body.subarray(0, sent), () => socket.end(() => setTimeout(() => socket.destroy(), 20)))
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

/** A slow GET: `between` runs after the first bytes arrived. */
function slowGet(t: Target, path: string, between: () => Promise<void>): Promise<{ bytes: Buffer; length: number }> {
  const { hostname, port } = new URL(t.url)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, agent: false }, (response) => {
      const chunks: Buffer[] = []
      let paused = false
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (paused) return
        paused = true
        response.pause()
        between().then(() => response.resume(), reject)
      })
      response.on('error', () => resolve({ bytes: Buffer.concat(chunks), length: -1 }))
      response.on('end', () =>
        resolve({ bytes: Buffer.concat(chunks), length: Number(response.headers['content-length']) }),
      )
    })
    request.on('error', reject)
    request.end()
  })
}

/** Storage integrity (new in 0.17.1). */
export const integrity: Item[] = [
  item(262, 'a download is of one version', async (t) => {
    const user = await t.newUser()
    for (const change of ['overwrite', 'delete'] as const) {
      const old = Buffer.alloc(8 * 1024 * 1024, 1)
      await user.store('/pub/big', old)
      const { bytes, length } = await slowGet(t, user.at('/pub/big'), async () => {
        if (change === 'delete') is(await user.delete('/pub/big'), 204)
        else await user.store('/pub/big', Buffer.alloc(8 * 1024 * 1024, 2))
      })
      if (length >= 0) assert.ok(bytes.equals(old), `mixed bytes after ${change}`)
    }
  }),
  item(263, 'a client that vanishes in the middle', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a', 'old')
    const before = await feedOf(t, user.z32)
    await putAndVanish(t, user, '/pub/a', Buffer.alloc(300_000, 1), 150_000)
    is(await user.read('/pub/a'), 200, 'old')
    assert.deepEqual(await feedOf(t, user.z32), before)
  }),
  item(264, 'a client that vanishes after the last byte', async (t) => {
    const user = await t.newUser()
    const body = Buffer.alloc(300_000, 1)
    await putAndVanish(t, user, '/pub/a', body, body.length)
    await eventually(async () => assert.ok((await user.read('/pub/a')).body.equals(body)))
    assert.equal((await feedOf(t, user.z32)).length, 1)
  }),
  item(
    265,
    'an overwrite beyond the quota',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/a', 'old')
      is(await user.put('/pub/a', Buffer.alloc(1_100_000), { chunked: true }), 507)
      is(await user.read('/pub/a'), 200, 'old')
    },
    { config: { storage: { default_quota_mb: 1 } } },
  ),
  item(266, 'a write right after a delete survives', async (t) => {
    const user = await t.newUser()
    for (let round = 0; round < 20; round++) {
      const body = Buffer.alloc(100_000, round)
      await user.store('/pub/a', Buffer.alloc(100_000, 255))
      const [deleted, written] = await Promise.all([user.delete('/pub/a'), user.put('/pub/a', body)])
      is(written, 201)
      assert.ok(deleted.status === 204 || deleted.status === 404)
      const found = await user.read('/pub/a')
      if (found.status === 200) assert.ok(found.body.equals(body))
      else is(found, 404)
    }
  }),
  item(267, 'escaped and unescaped names differ', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/a%20b', 'space')
    await user.store('/pub/a%2520b', 'escape')
    is(await user.read('/pub/a%20b'), 200, 'space')
    is(await user.read('/pub/a%2520b'), 200, 'escape')
  }),
  item(268, 'neighbours in byte order', async (t) => {
    const user = await t.newUser()
    for (const path of ['/pub/sub1.', '/pub/sub10', '/pub/SUB1/x']) await user.store(path)
    is(await user.put('/pub/sub1', 'x'), 201)
    for (const path of ['/pub/sub1/!', '/pub/sub1/%F0%9F%98%80']) is(await user.put(path, 'x'), 409)
  }),
  item(269, 'where signatures may stand', async (t) => {
    const user = await t.newUser()
    const pdfAt = (offset: number) => `${'a'.repeat(offset)}%PDF-1.7`
    await user.store('/pub/early.txt', pdfAt(500))
    await user.store('/pub/late.txt', pdfAt(1021))
    const webm = Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.from('\x42\x82\x84webm', 'latin1')])
    await user.store('/pub/clip.txt', Buffer.concat([webm, Buffer.alloc(200 - webm.length)]))
    hasHeader(await user.read('/pub/early.txt'), 'content-type', 'application/pdf')
    hasHeader(await user.read('/pub/late.txt'), 'content-type', 'text/plain')
    hasHeader(await user.read('/pub/clip.txt'), 'content-type', 'text/plain')
  }),
]
