import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Account, FaultServer } from './server.ts'

/** More than the system takes off the server's hands. */
const BODY = randomBytes(24_000_000)
const MANY = 12

let folder: string
let server: FaultServer
let account: Account

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-slow-readers-'))
  server = await FaultServer.start(folder)
  account = await server.signUp()
  await server.put(account, '/pub/film', BODY)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** Asks for the film and takes nothing of it. */
function pausedReader(localAddress: string): Socket {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port), localAddress })
  socket.on('error', () => {})
  socket.write(`GET /storage/${account.user}/pub/film HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  return socket
}

test('an HTTP/2 connection whose client says that it goes, and stays, is closed', async () => {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  socket.on('error', () => {})
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  const settings = '000000040000000000'
  const goAway = '0000080700000000000000000000000000'
  socket.write(Buffer.from(settings + goAway, 'hex'))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.resume().once('end', resolve))
  // Only writing shows that the other side does not read any more.
  const writing = setInterval(() => socket.write('x'), 200)
  await closed
  clearInterval(writing)
})

describe.concurrent('readers that take nothing', () => {
  test('lose their connections when one client has many of them; a single one goes on where it was', async () => {
    const paused = pausedReader('127.0.0.3')
    const many = Array.from({ length: MANY }, () => pausedReader('127.0.0.2'))
    const left = () => {
      // Nobody reads from these sockets, so only writing shows that the other side is gone.
      for (const socket of many) if (!socket.destroyed) socket.write('\r\n')
      return many.filter(({ destroyed }) => !destroyed).length
    }
    await expect.poll(left, { timeout: 30_000, interval: 500 }).toBe(0)
    let received = 0
    for await (const chunk of paused) received += chunk.length
    expect(received).toBeGreaterThan(BODY.length)
  })

  test('lose their streams on HTTP/2, and nothing else of the connection', async () => {
    const session = connectHttp2(server.url, { settings: { initialWindowSize: 0 } })
    const film = { ':path': `/storage/${account.user}/pub/film` }
    const streams = Array.from({ length: MANY }, () => session.request(film).on('error', () => {}))
    await expect.poll(() => streams.filter(({ closed }) => !closed).length, { timeout: 30_000 }).toBe(0)
    expect(streams.map(({ rstCode }) => rstCode)).toEqual(streams.map(() => 2))
    const head = session.request({ ...film, ':method': 'HEAD' })
    const status = await new Promise((resolve) => head.on('response', (fields) => resolve(fields[':status'])))
    expect(status).toBe(200)
    session.close()
  })
})
