import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, createServer, type TlsSocket } from '@pubky/tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SERVERNAME, serverKeypair } from './memory.ts'
import { openPair, openTcp, readAll, startProxy, startServer, type TestServer, whenClosed } from './network.ts'

const serverKey = serverKeypair.publicKey
let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('a socket', () => {
  test('tells what was agreed and whom it talks to', async () => {
    const { client, peer } = await openPair(server)
    expect(client.peerKey).toBe(serverKey)
    expect(peer.peerKey).toBeUndefined()
    expect(peer.servername).toBe(serverKey.z32())
    expect(client).toMatchObject({ encrypted: true, cipherSuite: 'TLS_AES_128_GCM_SHA256', group: 'x25519' })
    expect(peer).toMatchObject({ remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', localPort: server.port })
    expect(peer.remotePort).toBe(client.localPort)
    expect(client.bytesWritten).toBeGreaterThan(200)
    client.destroy()
  })

  test('sends the server name that it is given', async () => {
    const [client, peer] = await Promise.all([
      connect({ host: '127.0.0.1', port: server.port, serverKey, servername: SERVERNAME }),
      server.accepted(),
    ])
    expect(peer.servername).toBe(SERVERNAME)
    client.destroy()
  })

  test('carries much data both ways at once', async () => {
    const { client, peer } = await openPair(server, { allowHalfOpen: true })
    const up = Buffer.alloc(5_000_000, 'up')
    const down = Buffer.alloc(7_000_000, 'down')
    const received = Promise.all([readAll(client), readAll(peer)])
    client.end(up)
    for (let offset = 0; offset < down.length; offset += 10_007) peer.write(down.subarray(offset, offset + 10_007))
    peer.end()
    const [atClient, atPeer] = await received
    expect(atClient.equals(down)).toBe(true)
    expect(atPeer.equals(up)).toBe(true)
  })

  test('works over any Duplex', async () => {
    const [near, far] = duplexPair()
    const accepted = Promise.withResolvers<TlsSocket>()
    const offline = createServer({ keypair: serverKeypair }, accepted.resolve)
    offline.accept(far)
    const client = await connect({ socket: near, serverKey })
    const peer = await accepted.promise
    peer.pipe(peer)
    const data = Buffer.alloc(1_000_000, 'any duplex')
    const back = readAll(client)
    client.end(data)
    expect((await back).equals(data)).toBe(true)
    expect(client.remoteAddress).toBeUndefined()
    await offline[Symbol.asyncDispose]()
  })

  test('changes keys in the middle of data', async () => {
    const { client, peer } = await openPair(server)
    const received = readAll(peer)
    for (let i = 0; i < 20; i++) {
      client.write(Buffer.alloc(50_000, i))
      client.updateKey(i % 2 === 0)
      await sleep(1)
    }
    client.end()
    expect((await received).equals(Buffer.concat(Array.from({ length: 20 }, (_, i) => Buffer.alloc(50_000, i))))).toBe(
      true,
    )
  })
})

describe('back-pressure', () => {
  test('a reader that stops stops the writer, and loses nothing', async () => {
    const { client, peer } = await openPair(server)
    peer.pause()
    const block = Buffer.alloc(65_536, 1)
    let written = 0
    while (client.write(block) || client.writableLength < 10 * block.length) {
      written += block.length
      if (written > 200 * 2 ** 20) break
      await new Promise(setImmediate)
    }
    written += block.length
    // Kernel buffers of both ends and our own, not all of it.
    expect(written).toBeLessThan(100 * 2 ** 20)
    expect(peer.readableLength).toBeLessThan(4 * 65_536)
    const received = readAll(peer)
    client.end()
    expect((await received).length).toBe(written)
  })
})

describe('ending', () => {
  test('an end of one side ends the other, and both close', async () => {
    const { client, peer } = await openPair(server)
    const closed = Promise.all([whenClosed(client), whenClosed(peer)])
    client.resume()
    peer.resume()
    client.end('bye')
    await closed
    expect(client.destroyed && peer.destroyed).toBe(true)
  })

  test('with allowHalfOpen the other direction stays open', async () => {
    const { client, peer } = await openPair(server)
    await using halfOpen = await startServer({ allowHalfOpen: true })
    client.destroy()
    peer.destroy()
    const pair = await openPair(halfOpen, { allowHalfOpen: true })
    pair.client.end()
    pair.peer.resume()
    await once(pair.peer, 'end')
    const received = readAll(pair.client)
    pair.peer.write('still ')
    await sleep(5)
    pair.peer.end('open')
    expect((await received).toString()).toBe('still open')
  })

  test('destroySoon sends what was written', async () => {
    const { client, peer } = await openPair(server)
    const received = readAll(client)
    peer.write(Buffer.alloc(1_000_000, 5))
    peer.destroySoon()
    expect((await received).length).toBe(1_000_000)
  })

  test('destroying is no clean end for the peer', async () => {
    const { client, peer } = await openPair(server)
    peer.resume()
    const failed = once(peer, 'error')
    client.destroy()
    expect((await failed)[0]).toMatchObject({ code: 'truncated' })
  })

  test('TCP that ends without close_notify surfaces as an error, after the data', async () => {
    await using proxy = await startProxy(server.port)
    const [client, peer] = await Promise.all([
      connect({ host: '127.0.0.1', port: proxy.port, serverKey }),
      server.accepted(),
    ])
    peer.write(Buffer.alloc(100_000, 1))
    await once(client, 'readable')
    await expect.poll(() => client.readableLength).toBeGreaterThan(0)
    proxy.links[0]?.near.end()
    let length = 0
    const reading = (async () => {
      for await (const chunk of client) length += (chunk as Buffer).length
    })()
    await expect(reading).rejects.toMatchObject({ code: 'truncated' })
    expect(length).toBe(100_000)
  })

  test('a reset connection surfaces as an error', async () => {
    await using proxy = await startProxy(server.port)
    const [client, peer] = await Promise.all([
      connect({ host: '127.0.0.1', port: proxy.port, serverKey }),
      server.accepted(),
    ])
    peer.resume()
    client.resume()
    const closed = whenClosed(peer)
    const failed = once(client, 'error')
    proxy.links[0]?.near.resetAndDestroy()
    proxy.links[0]?.far.resetAndDestroy()
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
    await closed
  })

  test('bytes changed on the way end the connection with bad_record_mac on both sides', async () => {
    await using proxy = await startProxy(server.port)
    const [client, peer] = await Promise.all([
      connect({ host: '127.0.0.1', port: proxy.port, serverKey }),
      server.accepted(),
    ])
    client.resume()
    peer.resume()
    const failures = Promise.all([once(client, 'error'), once(peer, 'error')])
    proxy.links[0]?.far.write(Buffer.from('1703030020', 'hex'))
    proxy.links[0]?.far.write(Buffer.alloc(32))
    const [[atClient], [atPeer]] = await failures
    expect(atPeer).toMatchObject({ code: 'protocol-violation', alert: 20 })
    expect(atClient).toMatchObject({ code: 'alert-received', alert: 20 })
  })

  test('writing after the end fails, after a failure too', async () => {
    const { client, peer } = await openPair(server)
    client.on('error', () => {})
    client.end()
    expect(() => client.updateKey()).toThrow(expect.objectContaining({ code: 'closed' }))
    peer.destroy()
    const error = await new Promise((resolve) => peer.write('x', resolve))
    expect(error).toBeInstanceOf(Error)
  })
})

describe('timeouts', () => {
  test('an idle socket emits timeout, traffic puts it off', async () => {
    const { client, peer } = await openPair(server)
    peer.pipe(peer)
    const started = performance.now()
    let fired = 0
    client.setTimeout(60, () => {
      fired = performance.now() - started
    })
    expect(client.timeout).toBe(60)
    for (let i = 0; i < 10; i++) {
      client.write('x')
      await sleep(10)
    }
    expect(fired).toBe(0)
    await expect.poll(() => fired).toBeGreaterThan(0)
    client.setTimeout(0)
    expect(client.timeout).toBe(0)
    client.destroy()
  })

  test('a timeout that was switched off and on again works', async () => {
    const { client } = await openPair(server)
    client.setTimeout(20)
    client.setTimeout(0)
    client.setTimeout(20)
    await once(client, 'timeout')
    client.destroy()
    client.setTimeout(20)
  })
})

describe('connecting', () => {
  test('refuses senseless arguments', async () => {
    const target = { host: '127.0.0.1', port: server.port }
    await expect(connect({ ...target, serverKey: [] })).rejects.toMatchObject({ code: 'invalid-argument' })
    for (const servername of ['', 'with space', 'ä', 'x'.repeat(256)]) {
      const attempt = connect({ ...target, serverKey, servername })
      await expect(attempt).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })

  test('a closed port is connect-failed', async () => {
    const attempt = connect({ host: '127.0.0.1', port: 1, serverKey })
    await expect(attempt).rejects.toMatchObject({ code: 'connect-failed', cause: { code: 'ECONNREFUSED' } })
  })

  test('can be aborted before, while connecting and during the handshake', async () => {
    const target = { host: '127.0.0.1', port: server.port, serverKey }
    await expect(connect({ ...target, signal: AbortSignal.abort('before') })).rejects.toBe('before')
    const connecting = new AbortController()
    const attempt = connect({ ...target, signal: connecting.signal })
    connecting.abort('connecting')
    await expect(attempt).rejects.toBe('connecting')
    await using silent = await startProxy(server.port)
    const handshaking = new AbortController()
    const [near] = duplexPair()
    const waiting = connect({ socket: near, serverKey, signal: handshaking.signal })
    await sleep(1)
    handshaking.abort('handshaking')
    await expect(waiting).rejects.toBe('handshaking')
    expect(near.destroyed).toBe(true)
    expect(silent.links).toHaveLength(0)
  })

  test('a silent server ends in a timeout, a server that hangs up in closed', async () => {
    const [near] = duplexPair()
    await expect(connect({ socket: near, serverKey, handshakeTimeout: 20 })).rejects.toMatchObject({ code: 'timeout' })
    expect(near.destroyed).toBe(true)
    const [left, right] = duplexPair()
    right.end()
    await expect(connect({ socket: left, serverKey })).rejects.toMatchObject({ code: 'closed' })
  })

  test('an aborted signal does not touch a socket that is open', async () => {
    const abort = new AbortController()
    const [client, peer] = await Promise.all([
      connect({ host: '127.0.0.1', port: server.port, serverKey, signal: abort.signal }),
      server.accepted(),
    ])
    abort.abort()
    peer.pipe(peer)
    client.write('alive')
    expect((await once(client, 'data'))[0].toString()).toBe('alive')
    client.destroy()
  })

  test('the alert for garbage reaches a plain TCP client', async () => {
    const raw = await openTcp(server.port)
    raw.write('GET / HTTP/1.1\r\nHost: example\r\n\r\n')
    expect((await readAll(raw)).toString('hex')).toBe('1503030002020a')
  })
})
