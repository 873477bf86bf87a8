import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { blake3, parseSecretKeyFile } from '@pubky/crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OpenStream } from '../conformance/harness/events.ts'
import { HttpTarget } from '../conformance/harness/http-target.ts'
import { authToken } from '../conformance/harness/signing.ts'
import type { Target } from '../conformance/harness/target.ts'
import type { Credential, User } from '../conformance/harness/user.ts'
import { FaultServer } from '../faults/server.ts'
import { Postgres } from '../postgres.ts'

const QUOTA_MB = 1
/** With its charge of 256 bytes, 64 of these fill the quota to the byte. */
const BODY_BYTES = (QUOTA_MB * 1_048_576) / 64 - 256

let folder: string
let postgres: Postgres
let servers: FaultServer[] = []
let a: Target
let b: Target

/** Two processes of one homeserver, as an operator runs them: one database, one folder, one key. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-scale-out-'))
  postgres = await Postgres.start()
  const general = `database_url = "${await postgres.createDatabase()}"`
  const storage = `low_water_mb = 0\ndefault_quota_mb = ${QUOTA_MB}`
  const start = () => FaultServer.start(folder, storage, general)
  servers = [await start()]
  servers.push(await start())
  const { publicKey } = parseSecretKeyFile(await readFile(join(folder, 'home', 'secret'), 'utf8'))
  const [first, second] = servers.map(({ url }) => new HttpTarget({ url, pubky: publicKey.z32() }))
  if (first === undefined || second === undefined) throw new Error('two were started')
  a = first
  b = second
})
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const at = (index: number): Target => (index % 2 === 0 ? a : b)

function put(target: Target, user: User, path: string, body: Uint8Array | string, headers: Credential = user.headers) {
  return target.send(user.at(path), { method: 'PUT', headers, body })
}

async function usedBytes(target: Target, user: User): Promise<unknown> {
  const headers = { ...user.headers, 'pubky-host': user.z32 }
  return JSON.parse((await target.send('/auth/account', { headers })).text).used_bytes
}

const etagOf = (body: Uint8Array) => `"${Buffer.from(blake3(body)).toString('base64')}"`

test('128 writers on both instances fill one quota to the byte', async () => {
  const user = await a.newUser()
  const writes = Array.from({ length: 128 }, (_, index) =>
    put(at(index), user, `/pub/${index}`, randomBytes(BODY_BYTES)),
  )
  const statuses = (await Promise.all(writes)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(64)
  expect(statuses.filter((status) => status === 507)).toHaveLength(64)
  expect(await usedBytes(a, user)).toBe(QUOTA_MB * 1_048_576)
  expect(await usedBytes(b, user)).toBe(QUOTA_MB * 1_048_576)
  // Room made on one is there on the other.
  const stored = statuses.indexOf(201)
  expect((await a.send(user.at(`/pub/${stored}`), { method: 'DELETE', headers: user.headers })).status).toBe(204)
  expect((await put(b, user, '/pub/again', randomBytes(BODY_BYTES))).status).toBe(201)
  expect((await put(a, user, '/pub/more', '')).status).toBe(507)
})

test('streams of both instances carry the same events in the same order, each once', async () => {
  const users = [await a.newUser(), await b.newUser()] as const
  const query = `/events-stream?${users.map(({ z32 }) => `user=${z32}`).join('&')}&live=true`
  using here = await OpenStream.open(a.url, query)
  using there = await OpenStream.open(b.url, query)
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    const user = users[writer % 2] ?? users[0]
    for (let round = 0; round < 10; round += 1) {
      expect((await put(at(writer >> 1), user, `/pub/${writer}/${round}`, 'x')).status).toBe(201)
    }
  })
  await Promise.all(writers)
  await expect.poll(() => here.events.length, { timeout: 10_000 }).toBe(160)
  await expect.poll(() => there.events.length, { timeout: 10_000 }).toBe(160)
  expect(there.events).toEqual(here.events)
  const cursors = here.events.map(({ cursor }) => cursor)
  expect(cursors).toEqual([...new Set(cursors)].toSorted((x, y) => x - y))
  // Each writer waited for its answers: its events are in that order.
  for (let writer = 0; writer < 16; writer += 1) {
    const own = here.events.filter(({ path }) => path.startsWith(`/pub/${writer}/`)).map(({ path }) => path)
    expect(own).toEqual(Array.from({ length: 10 }, (_, round) => `/pub/${writer}/${round}`))
  }
})

test('what one instance acknowledged, the other shows at once', async () => {
  const user = await a.newUser()
  for (let round = 0; round < 20; round += 1) {
    const [writer, reader] = [at(round), at(round + 1)]
    expect((await put(writer, user, '/pub/same', `${round}`)).status).toBe(201)
    expect((await reader.send(user.at('/pub/same'))).text).toBe(`${round}`)
    expect((await put(writer, user, `/pub/list/${round}`, '')).status).toBe(201)
    const listing = await reader.send(user.at('/pub/list/'))
    expect(listing.text.split('\n')).toHaveLength(round + 1)
    const history = await reader.send(`/events-stream?user=${user.z32}&reverse=true&limit=1`)
    expect(history.text).toContain(`/pub/list/${round}\n`)
  }
  expect((await a.send(user.at('/pub/same'), { method: 'DELETE', headers: user.headers })).status).toBe(204)
  expect((await b.send(user.at('/pub/same'))).status).toBe(404)
})

test('a revocation on one instance closes the private streams on the other, and is refused there at once', async () => {
  const user = await a.newUser()
  const bearer = await user.bearer('/:rw')
  const query = `/events-stream?user=${user.z32}&path=/priv/&live=true`
  using byGrant = await OpenStream.open(b.url, query, bearer.headers)
  using byCookie = await OpenStream.open(b.url, query, { ...user.headers, 'pubky-host': user.z32 })
  expect((await put(b, user, '/priv/before', 'x', bearer.headers)).status).toBe(201)
  await expect.poll(() => byGrant.events.length).toBe(1)

  let revokedAt = performance.now()
  const revocation = { method: 'DELETE', headers: bearer.headers }
  expect((await a.send('/auth/grant/session', revocation)).status).toBeLessThan(300)
  expect((await put(b, user, '/priv/after', 'x', bearer.headers)).status).toBe(401)
  await expect.poll(() => byGrant.ended, { interval: 5 }).toBe(true)
  const grantMs = performance.now() - revokedAt
  expect(byCookie.ended).toBe(false)

  revokedAt = performance.now()
  const signOut = { method: 'DELETE', headers: { ...user.headers, 'pubky-host': user.z32 } }
  expect((await a.send('/session', signOut)).status).toBeLessThan(300)
  expect((await put(b, user, '/priv/after', 'x')).status).toBe(401)
  await expect.poll(() => byCookie.ended, { interval: 5 }).toBe(true)
  console.log(
    `streams on the other instance closed ${grantMs.toFixed(0)} ms after the revocation, ${(performance.now() - revokedAt).toFixed(0)} ms after the sign-out`,
  )
  expect(byCookie.events.map(({ path }) => path)).toEqual(['/priv/before'])
})

test('a proof is good once, on whichever instance', async () => {
  const { keypair } = await a.newUser()
  const body = authToken(keypair)
  const signIns = await Promise.all(
    Array.from({ length: 8 }, (_, n) => at(n).send('/session', { method: 'POST', body })),
  )
  expect(signIns.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('large bodies written on one instance are read on the other', async () => {
  const user = await a.newUser()
  for (const [index, size] of [65_536, 65_537, 700_000].entries()) {
    const body = randomBytes(size)
    // Quota is 1 MiB: one after the other.
    expect((await put(at(index), user, '/pub/large', body)).status).toBe(201)
    const answer = await at(index + 1).send(user.at('/pub/large'))
    expect(answer.status).toBe(200)
    expect(answer.headers.etag).toBe(etagOf(body))
    expect(answer.body.equals(body)).toBe(true)
  }
})

test('kill -9 of one instance under load: the other has all that was acknowledged', async () => {
  const users = await Promise.all(Array.from({ length: 8 }, () => b.newUser()))
  const acknowledged: { user: User; path: string; etag: string }[] = []
  const flooded = new AbortController()
  const writers = users.flatMap((user) =>
    [0, 1].map(async (half) => {
      for (let round = 0; !flooded.signal.aborted; round += 1) {
        const path = `/pub/${half}/${round % 4}/${round}`
        const body = randomBytes(round % 4 === 3 && half === 0 && round < 8 ? 70_000 : 500)
        try {
          const { status } = await put(half === 0 ? a : b, user, path, body)
          if (status === 201) acknowledged.push({ user, path, etag: etagOf(body) })
        } catch {
          // The instance was killed: this one was not acknowledged.
          return
        }
      }
    }),
  )
  await sleep(1_500)
  const [killed] = servers
  if (killed === undefined) throw new Error('there are two')
  await killed.kill()
  const atKill = acknowledged.length
  await sleep(300)
  flooded.abort()
  await Promise.all(writers)
  expect(atKill).toBeGreaterThan(50)
  expect(acknowledged.length).toBeGreaterThan(atKill)

  const lost: string[] = []
  for (const { user, path, etag } of acknowledged) {
    const { status, headers, body } = await b.send(user.at(path))
    if (status !== 200 || headers.etag !== etag || etagOf(body) !== etag) lost.push(path)
  }
  expect(lost).toEqual([])
  for (const user of users) {
    const own = acknowledged.filter((write) => write.user === user).map(({ path }) => path)
    const feed = await b.send(`/events-stream?user=${user.z32}`)
    for (const path of own) expect(feed.text).toContain(`${path}\n`)
  }
  console.log(`${acknowledged.length} acknowledged writes, ${atKill} of them before the kill; none lost`)

  // It comes back beside the other, which goes on writing, and takes nothing of it for its own leavings.
  const restarting = killed.restart()
  const [user] = users
  if (user === undefined) throw new Error('there are users')
  const body = randomBytes(200_000)
  expect((await put(b, user, '/pub/meanwhile', body)).status).toBe(201)
  await restarting
  const back = new HttpTarget({ url: killed.url, pubky: a.pubky })
  expect((await back.send(user.at('/pub/meanwhile'))).body.equals(body)).toBe(true)
})
