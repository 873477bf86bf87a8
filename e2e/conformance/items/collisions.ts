import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { eventually, is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'
import { feedOf } from './storage.ts'

const COLLISION = 'File/folder path collision'
const OVER_QUOTA = 'Disk space quota exceeded'
const ONE_MB = { storage: { default_quota_mb: 1 } }
const OVERHEAD = 256

async function usedBytes(t: Target, user: User): Promise<number> {
  const answer = await t.sendAdmin(`/users/${user.z32}`)
  is(answer, 200)
  return (JSON.parse(answer.text) as { used_bytes: number }).used_bytes
}

async function setQuota(t: Target, user: User, quota: Record<string, unknown>): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const path = `/users/${user.z32}/quota`
  is(await t.sendAdmin(path, { method: 'PATCH', headers, body: JSON.stringify(quota) }), 200)
}

/** Starts an upload of `declared` bytes, sends `sent` of them and hangs up. */
function breakOff(t: Target, user: User, path: string, declared: number, sent: number): Promise<void> {
  const { hostname, port } = new URL(t.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      const head = `PUT ${user.at(path)} HTTP/1.1\r\nhost: ${hostname}\r\ncookie: ${user.headers.cookie}\r\n`
      socket.write(`${head}content-length: ${declared}\r\n\r\n`)
      socket.write(Buffer.alloc(sent, 7), () => setTimeout(() => socket.destroy(), 100))
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

/** Collisions, quota, concurrency. */
export const collisions: Item[] = [
  item(104, 'a path is a file or a folder', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/app/foo')
    is(await user.put('/pub/app/foo/bar.json', '1'), 409, COLLISION)
    is(await user.read('/pub/app/foo/bar.json'), 404)
    is(await user.delete('/pub/app/foo'), 204)
    is(await user.put('/pub/app/foo/bar.json', '1'), 201)
    is(await user.put('/pub/app/foo', '1'), 409, COLLISION)
    is(await user.delete('/pub/app/foo/bar.json'), 204)
    is(await user.put('/pub/app/foo', '1'), 201)
  }),
  item(105, 'a longer name is no descendant', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/sub11/file')
    is(await user.put('/pub/sub1', '1'), 201)
  }),
  item(
    106,
    'quota to the byte',
    async (t) => {
      const user = await t.newUser()
      const body = (size: number) => new Uint8Array(size)
      is(await user.put('/pub/a', body(600_000)), 201)
      is(await user.put('/pub/a', body(600_000)), 201)
      is(await user.put('/pub/b', body(600_000)), 507, OVER_QUOTA)
      is(await user.put('/pub/a', body(1_100_000)), 507, OVER_QUOTA)
      is(await user.delete('/pub/a'), 204)
      is(await user.put('/pub/a', body(1025 * 1024 - OVERHEAD)), 507, OVER_QUOTA)
      is(await user.put('/pub/a', body(1_048_576 - OVERHEAD)), 201)
    },
    { config: ONE_MB },
  ),
  item(
    107,
    'a throttled upload over quota is refused early',
    async (t) => {
      const user = await t.newUser()
      const started = Date.now()
      is(await user.put('/pub/a', new Uint8Array(1_100_000)), 507, OVER_QUOTA)
      // At the configured rate the body alone would take minutes.
      assert.ok(Date.now() - started < 30_000)
    },
    { config: { ...ONE_MB, default_quotas: { rate_write: '8kb/s' } } },
  ),
  item(
    108,
    'a quota of one user',
    async (t) => {
      const [user, other] = [await t.newUser(), await t.newUser()]
      await setQuota(t, user, { storage_quota_mb: 1 })
      is(await user.put('/pub/a', new Uint8Array(1_100_000)), 507, OVER_QUOTA)
      is(await other.put('/pub/a', new Uint8Array(1_100_000)), 201)
    },
    { needs: ['admin'] },
  ),
  item(
    109,
    'a chunked upload over quota',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/a', 'kept')
      await setQuota(t, user, { storage_quota_mb: 1 })
      const before = await usedBytes(t, user)
      is(await user.put('/pub/a', new Uint8Array(1_100_000), { chunked: true }), 507, OVER_QUOTA)
      is(await user.read('/pub/a'), 200, 'kept')
      assert.equal(await usedBytes(t, user), before)
    },
    { needs: ['admin'] },
  ),
  item(
    110,
    'a broken upload leaves the old file',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/a', 'kept')
      const before = await usedBytes(t, user)
      await breakOff(t, user, '/pub/a', 200_000, 150_000)
      is(await user.read('/pub/a'), 200, 'kept')
      assert.equal(await usedBytes(t, user), before)
    },
    { needs: ['admin'] },
  ),
  item(111, 'file and folder at the same moment', async (t) => {
    const user = await t.newUser()
    const answers = await Promise.all([user.put('/pub/app/foo', '1'), user.put('/pub/app/foo/bar.json', '1')])
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409])
    assert.equal((await feedOf(t, user.z32)).length, 1)
  }),
  item(112, 'five uploads at once', async (t) => {
    const user = await t.newUser()
    const uploads = [1, 2, 3, 4, 5].map((name) => user.put(`/pub/${name}`, new Uint8Array(300_000)))
    for (const answer of await Promise.all(uploads)) is(answer, 201)
  }),
  item(
    113,
    'two deletes at once',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/keep', '12345')
      await user.store('/pub/a', '12345')
      const answers = await Promise.all([user.delete('/pub/a'), user.delete('/pub/a')])
      assert.ok(answers.some((answer) => answer.status === 204))
      assert.ok(answers.every((answer) => answer.status === 204 || answer.status === 404))
      const deletes = (await feedOf(t, user.z32)).filter((line) => line.startsWith('DEL'))
      assert.equal(deletes.length, 1)
      assert.equal(await usedBytes(t, user), 5 + OVERHEAD)
    },
    { needs: ['admin'] },
  ),
  item(
    114,
    'what a file counts',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/a', '12345')
      assert.equal(await usedBytes(t, user), 5 + OVERHEAD)
      is(await user.delete('/pub/a'), 204)
      await eventually(async () => assert.equal(await usedBytes(t, user), 0))
      await user.store('/pub/empty', '')
      assert.equal(await usedBytes(t, user), OVERHEAD)
    },
    { needs: ['admin'] },
  ),
]
