import { once } from 'node:events'
import { type Agent, createServer as createHttpServer, type IncomingMessage, request, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { Keypair } from '@pubky/crypto'
import { type ConnectTarget, createAgent, createConnector, createServer, type TlsServer } from '@pubky/tls'
import { fetch, Agent as UndiciAgent } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SERVERNAME, serverKeypair } from './memory.ts'
import { startProxy } from './network.ts'

const MEGABYTE = Buffer.alloc(2 ** 20, 'megabyte')
const SIZE = 20
let http: Server
let server: TlsServer
let target: ConnectTarget
let sockets = 0

beforeAll(async () => {
  http = createHttpServer((incoming, response) => {
    if (incoming.url === '/hello') {
      response.end(`hello ${incoming.headers.host}`)
    } else if (incoming.url === '/download') {
      Readable.from(Array.from({ length: SIZE }, () => MEGABYTE)).pipe(response)
    } else if (incoming.url === '/upload') {
      let length = 0
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length
      })
      incoming.on('end', () => response.end(`${length}`))
    } else if (incoming.url === '/endless') {
      response.shouldKeepAlive = false
      response.useChunkedEncodingByDefault = false
      response.writeHead(200)
      response.write('first part')
    } else {
      response.end()
    }
  })
  server = createServer({ keypair: serverKeypair }, (socket) => {
    sockets++
    http.emit('connection', socket)
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  target = { host: '127.0.0.1', port: server.port, serverKey: serverKeypair.publicKey }
})
afterAll(() => server[Symbol.asyncDispose]())

async function answerOf(agent: Agent, path: string, body?: Readable): Promise<IncomingMessage> {
  const outgoing = request({ agent, host: SERVERNAME, path, method: body ? 'PUT' : 'GET' })
  if (body) body.pipe(outgoing)
  else outgoing.end()
  const [response] = await once(outgoing, 'response')
  return response
}

function newAgent(...targets: readonly ConnectTarget[]): Agent {
  return createAgent(async () => targets)
}

describe('node:http over PubkyTLS', () => {
  test('keeps connections, and Host is the name asked for', async () => {
    const agent = newAgent(target)
    const before = sockets
    for (let i = 0; i < 5; i++) expect(await text(await answerOf(agent, '/hello'))).toBe(`hello ${SERVERNAME}`)
    expect(sockets - before).toBe(1)
    agent.destroy()
  })

  test(`carries ${SIZE} MiB up and down`, async () => {
    const agent = newAgent(target)
    const up = Readable.from(Array.from({ length: SIZE }, () => MEGABYTE))
    expect(await text(await answerOf(agent, '/upload', up))).toBe(`${SIZE * MEGABYTE.length}`)
    const down = await buffer(await answerOf(agent, '/download'))
    expect(down.length).toBe(SIZE * MEGABYTE.length)
    expect(down.subarray(-MEGABYTE.length).equals(MEGABYTE)).toBe(true)
    agent.destroy()
  })

  test('an upload that is broken off ends its request on the server', async () => {
    const agent = newAgent(target)
    const seen = once(http, 'request')
    const outgoing = request({ agent, host: SERVERNAME, path: '/upload', method: 'PUT' })
    outgoing.on('error', () => {})
    outgoing.write(MEGABYTE)
    const [incoming] = await seen
    incoming.on('error', () => {})
    const closed = new Promise((resolve) => incoming.once('close', resolve))
    outgoing.destroy()
    await closed
    expect(incoming.complete).toBe(false)
    agent.destroy()
  })

  test('an agent with many requests at once', async () => {
    const agent = newAgent(target)
    const answers = await Promise.all(Array.from({ length: 100 }, async () => text(await answerOf(agent, '/hello'))))
    expect(new Set(answers)).toEqual(new Set([`hello ${SERVERNAME}`]))
    agent.destroy()
  })

  test('a client that closes is no fault of the server', async () => {
    await expect.poll(() => server.connections).toBe(0)
    const faults: unknown[] = []
    const note = (error: unknown, socket: { destroy(): void }): void => {
      faults.push(error)
      socket.destroy()
    }
    http.on('clientError', note)
    const agent = newAgent(target)
    const response = await answerOf(agent, '/hello')
    const { socket } = response
    await text(response)
    socket.end()
    await once(socket, 'close')
    http.off('clientError', note)
    expect(faults).toEqual([])
    agent.destroy()
  })
})

describe('the connector', () => {
  test('tries targets in turn and reports the last error', async () => {
    const dead = { ...target, port: 1 }
    const wrong = { ...target, serverKey: Keypair.fromSecret(Buffer.alloc(32, 2)).publicKey }
    const agent = newAgent(dead, wrong, target)
    expect(await text(await answerOf(agent, '/hello'))).toBe(`hello ${SERVERNAME}`)
    agent.destroy()
    await expect(answerOf(newAgent(dead, wrong), '/hello')).rejects.toMatchObject({ code: 'wrong-key' })
    await expect(answerOf(newAgent(wrong, dead), '/hello')).rejects.toMatchObject({ code: 'connect-failed' })
    await expect(answerOf(newAgent(), '/hello')).rejects.toMatchObject({ code: 'connect-failed' })
  })

  test('passes the error of a lookup on', async () => {
    const connector = createConnector(() => Promise.reject(new Error('no such key')))
    const outcome = await new Promise<unknown[]>((resolve) => connector({ hostname: 'x' }, (...args) => resolve(args)))
    expect(outcome).toEqual([new Error('no such key'), null])
  })
})

describe('fetch of undici', () => {
  test('works through the connector, and keeps connections', async () => {
    const names: string[] = []
    const dispatcher = new UndiciAgent({
      connections: 1,
      connect: createConnector(async (hostname) => {
        names.push(hostname)
        return [target]
      }),
    })
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`https://${SERVERNAME}/hello`, { dispatcher })
      expect(await response.text()).toBe(`hello ${SERVERNAME}`)
    }
    expect(names).toEqual([SERVERNAME])
    const upload = await fetch(`https://${SERVERNAME}/upload`, { dispatcher, method: 'PUT', body: MEGABYTE })
    expect(await upload.text()).toBe(`${MEGABYTE.length}`)
    const download = await fetch(`https://${SERVERNAME}/download`, { dispatcher })
    expect((await download.arrayBuffer()).byteLength).toBe(SIZE * MEGABYTE.length)
    await dispatcher.close()
  })

  test('a body without a length that is cut off by TCP fails', async () => {
    await using proxy = await startProxy(server.port)
    const dispatcher = new UndiciAgent({ connect: createConnector(async () => [{ ...target, port: proxy.port }]) })
    const response = await fetch(`https://${SERVERNAME}/endless`, { dispatcher })
    const body = response.text()
    proxy.links[0]?.near.end()
    await expect(body).rejects.toThrow()
    await dispatcher.destroy()
  })

  test('for node:http the request reports it', async () => {
    await using proxy = await startProxy(server.port)
    const agent = newAgent({ ...target, port: proxy.port })
    const outgoing = request({ agent, host: SERVERNAME, path: '/endless' })
    outgoing.end()
    const [response] = await once(outgoing, 'response')
    response.resume()
    const failed = once(outgoing, 'error')
    proxy.links[0]?.near.end()
    expect((await failed)[0]).toMatchObject({ code: 'truncated' })
    agent.destroy()
  })

  test('a server that shows another key is refused', async () => {
    const serverKey = Keypair.fromSecret(Buffer.alloc(32, 2)).publicKey
    const dispatcher = new UndiciAgent({ connect: createConnector(async () => [{ ...target, serverKey }]) })
    const attempt = fetch(`https://${SERVERNAME}/hello`, { dispatcher })
    await expect(attempt).rejects.toMatchObject({ cause: { code: 'wrong-key', alert: 42 } })
    await dispatcher.destroy()
  })
})
