import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UdpPeer } from '../../test/udp-peer.ts'
import { DhtError } from '../errors.ts'
import { encodeMessage } from '../krpc/encode.ts'
import { randomId } from '../node-id.ts'
import { type IncomingQuery, RpcSocket } from './rpc-socket.ts'

const TIMEOUT = 300
let stack: AsyncDisposableStack
let queries: IncomingQuery[]
let socket: RpcSocket
const id = randomId()

async function open(init: { port?: number; readOnly?: boolean } = {}): Promise<RpcSocket> {
  const { port = 0, readOnly = false } = init
  const owner = {
    id: () => id,
    readOnly: () => readOnly,
    now: () => performance.now(),
    onQuery: (query: IncomingQuery) => void queries.push(query),
  }
  return stack.use(await RpcSocket.bind(owner, { host: '127.0.0.1', port, requestTimeout: TIMEOUT, sendRate: 5000 }))
}

const peer = async (script?: Parameters<typeof UdpPeer.create>[0]) => stack.use(await UdpPeer.create(script))
const ping = { method: 'ping' } as const

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  queries = []
  socket = await open()
})
afterEach(() => stack.disposeAsync())

describe('a request', () => {
  test('carries our id, a 4-byte transaction, a 4-byte version, and ro only for clients', async () => {
    const other = await peer()
    const client = await open({ readOnly: true })
    await socket.request(other.address, ping).answer
    await client.request(other.address, ping).answer
    for (const { query, transactionId, version } of other.asked) {
      expect(query.id).toEqual(id)
      expect(transactionId).toHaveLength(4)
      expect(version).toHaveLength(4)
    }
    expect(other.asked.map(({ readOnly }) => readOnly)).toEqual([undefined, true])
  })

  test('has a transaction that cannot be guessed from the one before', async () => {
    const other = await peer()
    for (let i = 0; i < 8; i++) await socket.request(other.address, ping).answer
    const ids = other.asked.map(({ transactionId }) => Buffer.from(transactionId).readUInt32BE())
    const steps = new Set(ids.slice(1).map((value, index) => value - ids[index]!))
    expect(steps.size).toBe(7)
  })

  test('ends with the response, the error, or what was malformed', async () => {
    const [good, bad, odd] = [await peer(), await peer(() => ({ error: 201 })), await peer(() => undefined)]
    odd.script = (_, { transactionId, port }) => {
      odd.send(Buffer.from(`d1:rde1:t4:${Buffer.from(transactionId).toString('latin1')}1:y1:re`, 'latin1'), port)
      return undefined
    }
    expect(await socket.request(good.address, ping).answer).toMatchObject({
      kind: 'response',
      response: { id: good.id },
    })
    expect(await socket.request(bad.address, ping).answer).toMatchObject({
      kind: 'error',
      code: 201,
      description: 'error 201',
    })
    expect(await socket.request(odd.address, ping).answer).toMatchObject({ kind: 'malformed' })
  })

  test('is sent again when the answer is late, becomes overdue, and times out', async () => {
    const silent = await peer(() => undefined)
    const onOverdue = vi.fn()
    expect(await socket.request(silent.address, ping, onOverdue).answer).toEqual({ kind: 'timeout' })
    expect(onOverdue).toHaveBeenCalledTimes(1)
    expect(silent.asked.length).toBeGreaterThanOrEqual(2)
    expect(new Set(silent.asked.map(({ transactionId }) => Buffer.from(transactionId).toString('hex'))).size).toBe(1)
  })

  test('survives the loss of its first datagram', async () => {
    const deaf = await peer(() => undefined)
    let times = 0
    deaf.script = () => (++times === 1 ? undefined : {})
    expect(await socket.request(deaf.address, ping).answer).toMatchObject({ kind: 'response' })
  })

  test('takes no answer from another address, with another transaction, or after its end', async () => {
    const [silent, intruder] = [await peer(() => undefined), await peer()]
    const request = socket.request(silent.address, ping)
    silent.script = (_, { transactionId, port }) => {
      const response = { id: intruder.id }
      intruder.send({ type: 'response', transactionId, response }, port)
      silent.send({ type: 'response', transactionId: transactionId.map((byte) => byte ^ 1), response }, port)
      silent.send({ type: 'response', transactionId: transactionId.slice(0, 2), response }, port)
      return undefined
    }
    expect(await request.answer).toEqual({ kind: 'timeout' })
    silent.script = () => ({})
    expect(await socket.request(silent.address, ping).answer).toMatchObject({ kind: 'response' })
  })

  test('to 0.0.0.0 is answered by this machine under any address', async () => {
    const other = await peer()
    const answer = await socket.request({ host: '0.0.0.0', port: other.address.port }, ping).answer
    expect(answer).toMatchObject({ kind: 'response', from: { port: other.address.port } })
  })

  test('can be given up', async () => {
    const silent = await peer(() => undefined)
    const request = socket.request(silent.address, ping)
    request.cancel()
    expect(await request.answer).toEqual({ kind: 'cancelled' })
  })

  test('waits when too many are under way, and goes out when others end', async () => {
    const silent = await peer(() => undefined)
    const answers = Array.from({ length: 700 }, () => socket.request(silent.address, ping).answer)
    await sleep(TIMEOUT / 2)
    const together = new Set(silent.asked.map(({ transactionId }) => Buffer.from(transactionId).toString('hex')))
    expect(together.size).toBeLessThanOrEqual(512)
    await Promise.all(answers)
    const all = new Set(silent.asked.map(({ transactionId }) => Buffer.from(transactionId).toString('hex')))
    expect(all.size).toBeGreaterThan(512)
  })
})

describe('what arrives', () => {
  const query = encodeMessage({ type: 'query', transactionId: Uint8Array.of(1), query: { ...ping, id } })

  test('reaches the owner when it is a query, in whatever order of keys', async () => {
    const other = await peer()
    const { port } = socket.address
    other.send(query, port)
    other.send(Buffer.from('d1:t1:a1:y1:q1:q4:vote1:ad2:id20:aaaaaaaaaaaaaaaaaaaaee'), port)
    await vi.waitFor(() => expect(queries).toHaveLength(2))
    expect(queries.map(({ type }) => type).toSorted()).toEqual(['malformed', 'query'])
  })

  test('is ignored when it is nothing', async () => {
    const other = await peer()
    const { port } = socket.address
    for (const bytes of ['', 'x', 'd', 'hello, is anybody here?', `d${'1:a'.repeat(900)}`])
      other.send(Buffer.from(bytes), port)
    other.send(query, port)
    await vi.waitFor(() => expect(queries).toHaveLength(1))
    expect(socket.counters).toMatchObject({ received: 6, ignored: 5 })
  })
})

describe('life', () => {
  test('a taken port is an error', async () => {
    const error = await open({ port: socket.address.port }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(DhtError)
    expect(error).toMatchObject({ code: 'bind-failed' })
  })

  test('closing ends what is under way, and a second time is fine', async () => {
    const silent = await peer(() => undefined)
    const request = socket.request(silent.address, ping)
    await Promise.all([socket[Symbol.asyncDispose](), socket[Symbol.asyncDispose]()])
    expect(await request.answer).toEqual({ kind: 'cancelled' })
    expect(await socket.request(silent.address, ping).answer).toEqual({ kind: 'cancelled' })
    socket.reply({ type: 'response', transactionId: Uint8Array.of(1), response: { id } }, silent.address)
  })
})
