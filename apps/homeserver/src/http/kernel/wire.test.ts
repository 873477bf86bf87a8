import { createServer, ServerResponse } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { Keypair } from '@pubky/crypto'
import { connect as connectTls, createServer as createTlsServer } from '@pubky/tls'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesTaken, cutOff, isGone, wasGivenUp } from './wire.ts'

/** More than the system takes by itself. */
const BODY = Buffer.alloc(30_000_000)
const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const keypair = Keypair.random()

describe.each(['TCP', 'PubkyTLS'])('an answer over %s', (kind) => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  /** A client that reads when told to, and the answer it is given, in one piece. */
  async function answered(): Promise<{
    client: Socket | Awaited<ReturnType<typeof connectTls>>
    raw: Socket
    answer: ServerResponse
  }> {
    const arrived = Promise.withResolvers<ServerResponse>()
    const http = createServer((_request, response) => {
      response.end(BODY)
      arrived.resolve(response)
    })
    const tls = createTlsServer({ keypair }, (socket) => http.emit('connection', socket))
    const server = createTcpServer((socket) => {
      if (kind === 'TCP') http.emit('connection', socket)
      else tls.accept(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const raw = connect(address.port, '127.0.0.1')
    const client = kind === 'TCP' ? raw : await connectTls({ socket: raw, serverKey: keypair.publicKey })
    client.on('error', () => {})
    client.pause()
    client.write(REQUEST)
    return { client, raw, answer: await arrived.promise }
  }

  /** What was taken when nothing moves any more. */
  async function settled(answer: ServerResponse): Promise<number> {
    let before = -1
    for (;;) {
      const taken = bytesTaken(answer)
      if (taken === before && taken > 0) return taken
      before = taken
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  it('tells how much of it is taken while its reader takes it', async () => {
    const { client, answer } = await answered()
    const first = await settled(answer)
    expect(first).toBeLessThan(BODY.length)
    for (let read = 0; read < 12_000_000; ) {
      const chunk: unknown = client.read()
      if (chunk instanceof Uint8Array) read += chunk.length
      else await new Promise((resolve) => client.once('readable', resolve))
    }
    expect(await settled(answer)).toBeGreaterThan(first + 1_000_000)
    client.destroy()
  })

  it('is no more when it was cut off', async () => {
    const { client, raw, answer } = await answered()
    await settled(answer)
    const closed = new Promise((resolve) => answer.once('close', resolve))
    const reset = new Promise((resolve) => raw.once('close', resolve))
    cutOff(answer)
    await closed
    let received = 0
    client.on('data', (chunk: Uint8Array) => {
      received += chunk.length
    })
    client.resume()
    await reset
    expect(received).toBeLessThan(BODY.length)
  })
})

describe('a response of HTTP/2', () => {
  it.each([
    ['given up by its client', constants.NGHTTP2_CANCEL, true],
    ['given up by its client without a reason', constants.NGHTTP2_NO_ERROR, true],
    ['sent', undefined, false],
  ])('knows that it was %s', async (_, code, isGivenUp) => {
    const closed = Promise.withResolvers<readonly boolean[]>()
    const server = createHttp2Server((_request, response) => {
      const before = isGone(response)
      response.once('close', () => closed.resolve([before, isGone(response), wasGivenUp(response)]))
      response.write('begin')
      if (code === undefined) response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const session = connectHttp2(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    const stream = session.request({ ':path': '/' })
    stream.once('data', () => {
      if (code !== undefined) stream.close(code)
    })
    expect(await closed.promise).toEqual([false, true, isGivenUp])
    session.close()
    server.close()
  })
})

it('has taken nothing when it was never on a wire', () => {
  const request = Object.assign(Object.create(null), { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 })
  expect(bytesTaken(new ServerResponse(request))).toBe(0)
})
