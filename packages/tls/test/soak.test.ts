import { once } from 'node:events'
import { connect } from '@pubky/tls'
import { expect, test } from 'vitest'
import { serverKeypair } from './memory.ts'
import { memoryInUse } from './memory-in-use.ts'
import { startServer } from './network.ts'

const CONNECTIONS = 10_000
const AT_ONCE = 40
const WARM_UP = 2_000
/** What the later 8,000 connections may leave behind, in bytes. */
const MOST_GROWTH = 4 * 2 ** 20

test(`${CONNECTIONS} connections, one after the other and some at once, leave nothing behind`, {
  timeout: 240_000,
}, async () => {
  await using server = await startServer()
  const target = { host: '127.0.0.1', port: server.port, serverKey: serverKeypair.publicKey }
  let answered = 0
  const serve = async (): Promise<void> => {
    for (;;) {
      const peer = await server.accepted()
      peer.pipe(peer)
    }
  }
  void serve()

  async function visit(turn: number): Promise<void> {
    const socket = await connect(target)
    socket.write('ping')
    const [data] = await once(socket, 'data')
    if (String(data) === 'ping') answered++
    // Most say goodbye; some just go.
    if (turn % 5 === 0) {
      socket.destroy()
    } else {
      socket.resume()
      socket.end()
      await once(socket, 'close')
    }
  }

  async function run(count: number): Promise<void> {
    let started = 0
    const lane = async (): Promise<void> => {
      while (started < count) await visit(started++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }

  const inUse = async (): Promise<number> => {
    await expect.poll(() => server.server.connections).toBe(0)
    return await memoryInUse()
  }

  await run(WARM_UP)
  const before = await inUse()
  await run(CONNECTIONS - WARM_UP)
  const growth = (await inUse()) - before
  expect(answered).toBe(CONNECTIONS)
  expect(growth).toBeLessThan(MOST_GROWTH)
  expect(server.server.pendingHandshakes).toBe(0)
})
