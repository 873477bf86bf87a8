import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TlsError } from '@pubky/tls'
import { describe, expect, test } from 'vitest'
import { serverKeypair } from './memory.ts'
import { openPair, openTcp, startServer, whenClosed } from './network.ts'

const serverKey = serverKeypair.publicKey

describe('pending handshakes', () => {
  test('a slow handshake is given up after its time', async () => {
    const failures: TlsError[] = []
    await using server = await startServer({ handshakeTimeout: 50, onHandshakeError: (error) => failures.push(error) })
    const raw = await openTcp(server.port)
    const closed = whenClosed(raw)
    raw.resume()
    // One byte now and then does not buy time.
    const dribbling = setInterval(() => raw.write(Buffer.of(0x16)), 10)
    await expect.poll(() => failures[0]).toMatchObject({ code: 'timeout' })
    clearInterval(dribbling)
    raw.end()
    await closed
    expect(server.server.pendingHandshakes).toBe(0)
  })

  test('one address gets no more than its share, and others still get in', async () => {
    const failures: TlsError[] = []
    await using server = await startServer({
      maxPendingPerAddress: 5,
      onHandshakeError: (error) => failures.push(error),
    })
    const slow = await Promise.all(Array.from({ length: 5 }, () => openTcp(server.port)))
    await expect.poll(() => server.server.pendingHandshakes).toBe(5)
    await expect(connect({ host: '127.0.0.1', port: server.port, serverKey })).rejects.toThrow()
    expect(failures[0]).toMatchObject({ code: 'refused' })
    const [near, far] = duplexPair()
    server.server.accept(far, { remoteAddress: '192.0.2.1' })
    const client = await connect({ socket: near, serverKey })
    expect((await server.accepted()).remoteAddress).toBe('192.0.2.1')
    client.destroy()
    for (const raw of slow) raw.destroy()
    await expect.poll(() => server.server.pendingHandshakes).toBe(0)
    await expect(openPair(server)).resolves.toBeDefined()
  })

  test('when all places are taken the oldest handshake gives way', async () => {
    const refused: (string | undefined)[] = []
    await using server = await startServer({
      maxPending: 3,
      onHandshakeError: (error, address) => {
        if (error.code === 'refused') refused.push(address)
      },
    })
    for (let i = 0; i < 5; i++) server.server.accept(duplexPair()[0], { remoteAddress: `192.0.2.${i}` })
    expect(refused).toEqual(['192.0.2.0', '192.0.2.1'])
    const { client } = await openPair(server)
    client.destroy()
  })

  test('a hundred slow clients do not keep others out', async () => {
    await using server = await startServer({ handshakeTimeout: 2_000 })
    const slow = await Promise.all(Array.from({ length: 100 }, () => openTcp(server.port)))
    const dribbling = setInterval(() => {
      for (const raw of slow) raw.write(Buffer.of(0x16))
    }, 20)
    for (let i = 0; i < 20; i++) {
      const { client, peer } = await openPair(server)
      client.write('x')
      expect((await once(peer, 'data'))[0].toString()).toBe('x')
      client.destroy()
    }
    clearInterval(dribbling)
    for (const raw of slow) raw.destroy()
  })
})

describe('a server', () => {
  test('takes bytes that were read before, as behind a PROXY preface', async () => {
    await using server = await startServer()
    const [near, far] = duplexPair()
    const connecting = connect({ socket: near, serverKey })
    await once(far, 'readable')
    const head: Buffer = far.read()
    server.server.accept(far, { head, remoteAddress: '2001:db8::7' })
    const [client, peer] = await Promise.all([connecting, server.accepted()])
    expect(peer.remoteAddress).toBe('2001:db8::7')
    client.destroy()
  })

  test('reports a port that is taken', async () => {
    await using server = await startServer()
    await using other = await startServer()
    await expect(other.server.listen({ port: server.port, host: '127.0.0.1' })).rejects.toThrow()
    await using third = await startServer()
    await third[Symbol.asyncDispose]()
    const attempt = third.server.listen({ port: server.port, host: '127.0.0.1' })
    await expect(attempt).rejects.toMatchObject({ code: 'connect-failed', cause: { code: 'EADDRINUSE' } })
  })

  test('closes its sockets and handshakes, twice if asked, and accepts nothing afterwards', async () => {
    const failures: TlsError[] = []
    const server = await startServer({ onHandshakeError: (error) => failures.push(error) })
    const { client } = await openPair(server)
    client.resume()
    const raw = await openTcp(server.port)
    raw.resume()
    await expect.poll(() => server.server.pendingHandshakes).toBe(1)
    expect(server.server.connections).toBe(1)
    const cut = once(client, 'error')
    const gone = whenClosed(raw)
    raw.end()
    await Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()])
    await gone
    expect((await cut)[0]).toMatchObject({ code: 'truncated' })
    expect(server.server.connections).toBe(0)
    expect(failures).toHaveLength(1)
    const [late] = duplexPair()
    server.server.accept(late)
    await sleep(1)
    expect(late.destroyed).toBe(true)
    expect(() => server.server.port).toThrow(expect.objectContaining({ code: 'closed' }))
  })
})
