import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { call, startRelay, until } from './relay.ts'

/** Reliability N7. */
describe('many clients', () => {
  it('ids beyond the cap push out the oldest, and nothing else', async () => {
    await using relay = await startRelay({ maxEntries: 500 })
    const body = 'x'.repeat(2048)
    for (let start = 0; start < 2_000; start += 100) {
      const ids = Array.from({ length: 100 }, (_, index) => start + index)
      const answers = await Promise.all(ids.map((id) => call(relay, 'POST', `/inbox/id-${id}`, body)))
      expect(answers.every((answer) => answer.status === 200)).toBe(true)
    }
    expect(relay.entryCount).toBe(500)
    expect((await call(relay, 'GET', '/inbox/id-1399/ack')).status).toBe(404)
    expect((await call(relay, 'GET', '/inbox/id-1600')).text).toBe(body)
  })

  it('each of 200 half-open pairs gets its own message, once', async () => {
    await using relay = await startRelay({ maxWaitsPerAddress: 1_000 })
    const readers = Array.from({ length: 200 }, (_, id) => call(relay, 'GET', `/link/pair-${id}`))
    await until(() => relay.waiterCount === 200)
    const senders = Array.from({ length: 200 }, (_, id) => call(relay, 'POST', `/link/pair-${id}`, `message ${id}`))
    const [read, sent] = await Promise.all([Promise.all(readers), Promise.all(senders)])
    expect(read.map((answer) => answer.text)).toEqual(Array.from({ length: 200 }, (_, id) => `message ${id}`))
    expect(sent.every((answer) => answer.status === 200)).toBe(true)
    expect(relay.waiterCount).toBe(0)
  })

  it('readers that hang up leave their places at once', async () => {
    await using relay = await startRelay()
    const sockets: Socket[] = []
    for (let index = 0; index < 10; index++) {
      const socket = connect(relay.port, '127.0.0.1')
      socket.write('GET /inbox/a HTTP/1.1\r\nHost: a\r\n\r\n')
      sockets.push(socket)
    }
    await until(() => relay.waiterCount === 10)
    for (const socket of sockets) {
      socket.destroy()
      await once(socket, 'close')
    }
    await until(() => relay.waiterCount === 0)
    const reading = call(relay, 'GET', '/inbox/a')
    await until(() => relay.waiterCount === 1)
    await call(relay, 'POST', '/inbox/a', 'x')
    expect((await reading).status).toBe(200)
  })

  it('a sender that hangs up leaves its message (spec 06 §4.8)', async () => {
    await using relay = await startRelay()
    const socket = connect(relay.port, '127.0.0.1')
    socket.write('POST /link/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx')
    await until(() => relay.waiterCount === 1)
    socket.destroy()
    await until(() => relay.waiterCount === 0)
    expect((await call(relay, 'GET', '/link/a')).text).toBe('x')
  })

  it('racing acknowledgements and overwrites answer every waiter exactly once', async () => {
    await using relay = await startRelay({ maxWaitsPerAddress: 1_000 })
    for (let round = 0; round < 20; round++) {
      await call(relay, 'POST', '/inbox/race', `message ${round}`)
      const waits = Array.from({ length: 5 }, () => call(relay, 'GET', '/inbox/race/await'))
      await until(() => relay.waiterCount === 5)
      const [acknowledged, overwritten] = await Promise.all([
        call(relay, 'DELETE', '/inbox/race'),
        call(relay, 'POST', '/inbox/race', 'overwrite'),
      ])
      expect([acknowledged.status, overwritten.status]).toEqual([200, 200])
      const statuses = new Set((await Promise.all(waits)).map((answer) => answer.status))
      expect([[200], [404]]).toContainEqual([...statuses])
    }
  })
})
