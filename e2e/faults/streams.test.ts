import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Account, FaultServer } from './server.ts'

let folder: string
let server: FaultServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-streams-'))
  server = await FaultServer.start(folder, 'low_water_mb = 0')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A stream read from a bare socket. */
class Stream {
  readonly socket: Socket
  readonly ids: number[] = []
  readonly closed: Promise<void>
  isClosed = false
  #rest = ''

  constructor(query: string, headers: Record<string, string> = {}) {
    const url = new URL(server.url)
    this.socket = connect(Number(url.port), url.hostname)
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.socket.write(`GET /events-stream?${query} HTTP/1.1\r\nHost: ${url.host}\r\n${fields.join('')}\r\n`)
    this.socket.on('data', (bytes) => {
      this.#rest += bytes
      const lines = this.#rest.split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data: cursor: ')) this.ids.push(Number(line.slice(14)))
    })
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.isClosed = true
        resolve()
      }),
    )
  }

  async reach(count: number): Promise<void> {
    while (this.ids.length < count && !this.isClosed) await sleep(20)
  }
}

/** Writes `count` files with many requests at once; answers when all are acknowledged. */
async function flood(account: Account, count: number, pathOf: (index: number) => string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  let next = 0
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < count) {
        const { status } = await server.put(account, pathOf(next++), Buffer.from('x'), agent)
        expect(status).toBe(201)
      }
    }),
  )
  agent.destroy()
}

async function newestId(account: Account): Promise<number> {
  const { body } = await server.send('GET', `/events-stream?user=${account.user}&reverse=true&limit=1`)
  return Number(/cursor: (\d+)/.exec(body.toString())?.[1] ?? 0)
}

describe('event streams', () => {
  test('opened in a flood of writes show every event once, in order', async () => {
    const account = await server.signUp()
    const first = (await newestId(account)) + 1
    const streams: Stream[] = []
    const written = flood(account, 4_000, (index) => `/pub/seam/${index % 100}`)
    let isDone = false
    void written.then(() => {
      isDone = true
    })
    while (!isDone) {
      streams.push(new Stream(`user=${account.user}&live=true`))
      await sleep(60)
    }
    await written
    for (const stream of streams) {
      await stream.reach(4_000)
      expect(stream.ids).toHaveLength(4_000)
      // Ids rise without a gap: nobody else writes here.
      expect(stream.ids.every((id, index) => index === 0 || id === (stream.ids[index - 1] ?? 0) + 1)).toBe(true)
      expect(stream.ids[0]).toBeGreaterThanOrEqual(first)
      stream.socket.destroy()
    }
    console.log(`seam: ${streams.length} streams opened during 4,000 writes, each complete`)
  })

  test('that nobody reads are closed, with bounded memory, while others go on', async () => {
    const account = await server.signUp()
    const memory = async () =>
      Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.pid}/status`, 'latin1').catch(() => ''))?.[1] ?? 0) /
      1_024
    const before = await memory()
    const stalled = Array.from({ length: 100 }, () => {
      const stream = new Stream(`user=${account.user}&live=true`)
      stream.socket.pause()
      return stream
    })
    const healthy = new Stream(`user=${account.user}&live=true`)
    const name = 'x'.repeat(240)
    let count = 0
    let peak = before
    // A socket that is not read does not notice that it was closed: ask the server.
    while (count < 60_000) {
      await flood(account, 2_000, () => `/pub/${name}/${name}/${name}/f`)
      count += 2_000
      peak = Math.max(peak, await memory())
      if ((await activeStreams()) <= 1) break
    }
    expect(await activeStreams()).toBe(1)
    await healthy.reach(count)
    expect(healthy.ids).toHaveLength(count)
    healthy.socket.destroy()
    for (const { socket } of stalled) socket.destroy()
    console.log(
      `slow readers: 100 closed after at most ${count} events of 1 KB; memory ${before.toFixed(0)} → peak ${peak.toFixed(0)} MB`,
    )
    expect(peak - before).toBeLessThan(300)
  })

  test('of a revoked session close within a second, in the middle of a backlog too', async () => {
    const account = await server.signUp()
    await flood(account, 1_500, (index) => `/priv/${index}`)
    const headers = { cookie: account.cookie, 'pubky-host': account.user }
    const query = `user=${account.user}&path=/priv/&live=true`
    const caughtUp = new Stream(query, headers)
    await caughtUp.reach(1_500)
    const behind = new Stream(query, headers)
    behind.socket.pause()
    await sleep(100)
    const revokedAt = performance.now()
    expect((await server.send('DELETE', '/session', { headers })).status).toBe(200)
    behind.socket.resume()
    await Promise.all([caughtUp.closed, behind.closed])
    const took = performance.now() - revokedAt
    expect(took).toBeLessThan(1_000)
    expect(caughtUp.ids).toHaveLength(1_500)
    console.log(`revocation: both streams closed after ${took.toFixed(0)} ms`)
  })
})

async function activeStreams(): Promise<number> {
  const { body } = await server.metrics()
  return Number(/^event_stream_active_connections\{[^}]*\} (\d+)$/m.exec(body.toString())?.[1] ?? Number.NaN)
}
