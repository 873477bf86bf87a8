/** Large files over every protocol: their memory is freed behind them, but not before they are sent. */
import { randomBytes } from 'node:crypto'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from '@pubky/tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'

const BODY = randomBytes(3_000_000)
let homeserver: TestHomeserver
let user: TestUser
let path: string

beforeAll(async () => {
  homeserver = await startHomeserver()
  user = await homeserver.signUp()
})
afterAll(() => homeserver[Symbol.asyncDispose]())

/** Stores the body under a name of its own, so that nothing of it is in memory yet. */
async function store(name: string): Promise<void> {
  path = `/storage/${user.z32}/pub/large/${name}`
  const { status } = await user.send(`/pub/large/${name}`, { method: 'PUT', body: new Uint8Array(BODY) })
  expect(status).toBe(201)
}

/** Reads with pauses, so that the server has to wait for room. */
async function dawdle(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) {
    if (chunks.length % 16 === 0) await sleep(1)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function bodyOver(socket: Duplex): Promise<Buffer> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  const answer = await dawdle(socket)
  return answer.subarray(answer.indexOf('\r\n\r\n') + 4)
}

it('comes whole over HTTP/1.1', async () => {
  await store('http1')
  for (const _ of [1, 2, 3]) {
    const body = await bodyOver(connectTcp(homeserver.port, '127.0.0.1'))
    expect(body.equals(BODY)).toBe(true)
  }
})

it('comes whole over HTTP/2', async () => {
  await store('http2')
  const session = connectHttp2(`http://127.0.0.1:${homeserver.port}`)
  try {
    const bodies = await Promise.all([1, 2, 3].map(() => dawdle(session.request({ ':path': path }))))
    for (const body of bodies) expect(body.equals(BODY)).toBe(true)
  } finally {
    session.close()
  }
})

it('comes whole over PubkyTLS', async () => {
  await store('tls')
  const { pubkyTlsPort: port, publicKey: serverKey } = homeserver.server
  const body = await bodyOver(await connectTls({ host: '127.0.0.1', port, serverKey }))
  expect(body.equals(BODY)).toBe(true)
})
