import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, FaultServer } from './server.ts'

let folder: string
let server: FaultServer
let accounts: readonly Account[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-followers-'))
  server = await FaultServer.start(folder, 'low_water_mb = 0')
  accounts = [await server.signUp(), await server.signUp(), await server.signUp()]
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const FOLDERS = ['/pub/', '/pub/a/', '/pub/a/b/', '/priv/', '/priv/a/']

/** Follows some accounts and paths, loses its connection again and again, and goes on behind what it has seen. */
class Follower {
  readonly seen: string[] = []
  readonly #accounts: readonly Account[]
  readonly #paths: readonly string[]
  readonly #cursors = new Map<string, string>()
  connections = 0

  constructor(followed: readonly Account[], paths: readonly string[]) {
    this.#accounts = followed
    this.#paths = paths
  }

  /** Reads until the stream ends or breaks. */
  async read(query: string, signal: AbortSignal | null = null): Promise<void> {
    this.connections += 1
    const users = this.#accounts.map(({ user }) => {
      const cursor = this.#cursors.get(user)
      return `user=${user}${cursor === undefined ? '' : `:${cursor}`}`
    })
    const url = `${server.url}/events-stream?${[...users, ...this.#paths.map((path) => `path=${path}`), query].join('&')}`
    const [first] = this.#accounts
    const headers = first === undefined ? {} : { cookie: first.cookie, 'pubky-host': first.user }
    const { status, body } = await fetch(url, { headers, signal })
    expect(status).toBe(200)
    let text = ''
    for await (const part of body ?? []) {
      const frames = (text + Buffer.from(part).toString()).split('\n\n')
      text = frames.pop() ?? ''
      for (const frame of frames) this.#take(frame)
    }
  }

  #take(frame: string): void {
    const [, type, user, path, cursor] =
      /^event: (\w+)\ndata: pubky:\/\/(.{52})(.*)\ndata: cursor: (\d+)/.exec(frame) ?? []
    if (user === undefined || cursor === undefined) return
    this.seen.push(`${cursor} ${type} ${user}${path}`)
    this.#cursors.set(user, cursor)
  }

  /** What the database says it must have seen. */
  expected(log: readonly { readonly line: string; readonly user: string; readonly path: string }[]): string[] {
    return log
      .filter(({ user }) => this.#accounts.some((account) => account.user === user))
      .filter(({ path }) => this.#paths.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one)))
      .map(({ line }) => line)
  }
}

async function write(account: Account, isOver: () => boolean, agent: Agent): Promise<void> {
  for (let index = 0; !isOver(); index += 1) {
    const path = `${FOLDERS[index % FOLDERS.length]}${(index * 7) % 12}`
    const options = { headers: { cookie: account.cookie }, agent }
    const target = `/storage/${account.user}${path}`
    // While the server is down nothing is written; what counts is what its log says.
    await (index % 5 === 4
      ? server.send('DELETE', target, options)
      : server.send('PUT', target, { ...options, body: Buffer.from('x') })
    ).catch(() => sleep(20))
  }
}

function readLog(): Parameters<Follower['expected']>[0] {
  using database = new DatabaseSync(join(server.data, 'homeserver.sqlite'), { readOnly: true })
  return database
    .prepare(
      `SELECT v.id, u.public_key, v.path, v.content_hash FROM events v JOIN users u ON u.id = v.user_id ORDER BY v.id`,
    )
    .all()
    .map(({ id, public_key: user, path, content_hash: hash }) => ({
      line: `${id} ${hash === null ? 'DEL' : 'PUT'} ${user}${path}`,
      user: `${user}`,
      path: `${path}`,
    }))
}

test('followers that reconnect through kills and restarts see what the database holds, each event once', async () => {
  const [a, b, c] = accounts
  if (a === undefined || b === undefined || c === undefined) throw new Error('no accounts')
  const followers = [
    new Follower([a], ['/pub/']),
    new Follower([a, b, c], ['/pub/']),
    new Follower([c, a], ['/pub/a/b/', '/pub/3']),
    new Follower([b], ['/pub/a/']),
    new Follower([b], ['/priv/a/', '/pub/a/5']),
    new Follower([c], ['/priv/', '/pub/']),
    new Follower([a, b], ['/pub/a/b/1']),
    new Follower([a], ['/priv/nothing/']),
  ]
  let isOver: boolean = false
  const agent = new Agent({ keepAlive: true, maxSockets: 12 })
  const writers = [a, b, c, a, b, c].map((account) => write(account, () => isOver, agent))
  const reading = followers.map(async (follower, index) => {
    while (!isOver) {
      const query = index % 2 === 0 ? 'live=true' : `live=true&limit=${10 + follower.connections}`
      // Broken off by us, by the server, or while there is none.
      await follower.read(query, AbortSignal.timeout(30 + ((follower.connections * 37) % 400))).catch(() => sleep(10))
    }
  })
  for (const stop of ['kill', 'stop', 'kill'] as const) {
    await sleep(1_500)
    await server[stop]()
    await server.restart()
  }
  await sleep(1_000)
  isOver = true
  await Promise.all([...writers, ...reading])
  agent.destroy()

  const log = readLog()
  for (const follower of followers) {
    await follower.read('')
    expect(follower.seen).toEqual(follower.expected(log))
  }
  expect(log.length).toBeGreaterThan(100)
  const connections = followers.reduce((sum, follower) => sum + follower.connections, 0)
  console.log(
    `followers: ${log.length} events, ${connections} connections of ${followers.length}, each saw its part exactly`,
  )
})
