import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { blake3 } from '@pubky/crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, FaultServer } from './server.ts'

const CYCLES = 4
const WRITERS = 16
/** Every eighth body goes to a file of its own. */
const SIZES = [0, 300, 1_024, 1_024, 1_024, 16_000, 65_536, 70_000]

let folder: string
let server: FaultServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-kill-'))
  server = await FaultServer.start(folder, 'low_water_mb = 0')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const etagOf = (body: Uint8Array) => `"${Buffer.from(blake3(body)).toString('base64')}"`

test('kill -9 in a flood of writes: whatever was acknowledged is there, whole, with its event', async () => {
  const account = await server.signUp()
  /** What the last acknowledged change of a path left: its validator, or undefined after a delete. */
  const acknowledged = new Map<string, string | undefined>()
  let confirmed = 0
  const afterKill: number[] = []
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const agent = new Agent({ keepAlive: true, maxSockets: WRITERS })
    /** Changes that were on their way when the server died: either outcome is right. */
    const open = new Map<string, string | undefined>()
    const flood = Array.from({ length: WRITERS }, (_, writer) =>
      write(account, agent, `/pub/${cycle}/${writer}/`, { acknowledged, open, onDone: () => (confirmed += 1) }),
    )
    await sleep(randomInt(500, 1_200))
    await server.kill()
    await Promise.all(flood)
    agent.destroy()
    const startedAt = performance.now()
    await server.restart()
    afterKill.push(performance.now() - startedAt)
    for (const [path, etag] of open) await settle(account, path, etag, acknowledged)
  }
  expect(confirmed).toBeGreaterThan(CYCLES * 20)

  const reader = new Agent({ keepAlive: true, maxSockets: 8 })
  const lost: string[] = []
  let usedBytes = 0
  let large = 0
  for (const [path, etag] of acknowledged) {
    const { status, headers, body } = await server.get(account, path, reader)
    const isRight =
      etag === undefined ? status === 404 : status === 200 && headers.etag === etag && etagOf(body) === etag
    if (!isRight) lost.push(path)
    if (etag === undefined) continue
    usedBytes += body.length + 256
    if (body.length > 65_536) large += 1
  }
  reader.destroy()
  expect(lost).toEqual([])

  const last = new Map((await server.feed()).map((line) => [line.slice(line.indexOf('/pub/')), line.slice(0, 3)]))
  for (const [path, etag] of acknowledged) expect(last.get(path)).toBe(etag === undefined ? 'DEL' : 'PUT')
  const usage = await server.send('GET', '/auth/account', {
    headers: { cookie: account.cookie, 'pubky-host': account.user },
  })
  expect(JSON.parse(usage.body.toString())).toMatchObject({ used_bytes: usedBytes })
  const objects = async () =>
    (await readdir(join(server.data, 'bodies', 'objects'), { recursive: true })).filter((name) => name.length > 30)
  await expect.poll(objects, { timeout: 10_000 }).toHaveLength(large)
  expect(await readdir(join(server.data, 'bodies', 'tmp'))).toEqual([])
  console.log(
    `kill -9: ${CYCLES} cycles, ${confirmed} acknowledged changes, 0 lost; ` +
      `started again in ${afterKill.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  )
})

interface Ledger {
  readonly acknowledged: Map<string, string | undefined>
  readonly open: Map<string, string | undefined>
  readonly onDone: () => void
}

/** Writes, overwrites and deletes below `directory` until the connection breaks. */
async function write(account: Account, agent: Agent, directory: string, ledger: Ledger): Promise<void> {
  for (let count = 0; ; count += 1) {
    const path = `${directory}${count % 40}`
    const isDelete = count % 10 === 9 && ledger.acknowledged.get(path) !== undefined
    const body = randomBytes(SIZES[count % SIZES.length] ?? 0)
    const etag = isDelete ? undefined : etagOf(body)
    ledger.open.set(path, etag)
    try {
      const options = { headers: { cookie: account.cookie }, agent, ...(!isDelete && { body }) }
      const { status } = await server.send(isDelete ? 'DELETE' : 'PUT', `/storage/${account.user}${path}`, options)
      expect(status).toBe(isDelete ? 204 : 201)
    } catch (error) {
      if (error instanceof Error && 'code' in error) return
      throw error
    }
    ledger.open.delete(path)
    ledger.acknowledged.set(path, etag)
    ledger.onDone()
  }
}

/** A change without an answer happened whole or not at all. */
async function settle(
  account: Account,
  path: string,
  etag: string | undefined,
  acknowledged: Map<string, string | undefined>,
): Promise<void> {
  const { status, headers, body } = await server.get(account, path)
  const found = status === 404 ? undefined : String(headers.etag)
  expect([etag, acknowledged.get(path)]).toContain(found)
  if (found !== undefined) expect(etagOf(body)).toBe(found)
  if (found === undefined && !acknowledged.has(path)) return
  acknowledged.set(path, found)
}
