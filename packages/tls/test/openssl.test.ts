import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectNodeTls } from 'node:tls'
import { Keypair } from '@pubky/crypto'
import { connect, createServer, type TlsError, type TlsSocket } from '@pubky/tls'
import { describe, expect, test } from 'vitest'
import { SERVERNAME, serverKeypair } from './memory.ts'
import { readAll } from './network.ts'
import { acceptWithOpenssl, connectWithOpenssl, type OpensslOptions } from './openssl-peer.ts'

const SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const OTHER = Keypair.fromSecret(Buffer.alloc(32, 2))
const LARGE = Buffer.alloc(300_000, 'large')

/** Sends back what comes, and ends when the other side does. */
function echo(socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  socket.pipe(socket)
}

async function roundTrip(socket: Duplex, data: Buffer): Promise<Buffer> {
  const answer = readAll(socket)
  socket.end(data)
  return answer
}

/** A TCP server whose connections speak TLS through OpenSSL. */
async function opensslEcho(keypair: Keypair, options: OpensslOptions): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>()
  const server = createTcpServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
    sockets.add(raw)
    raw.on('error', () => raw.destroy())
    acceptWithOpenssl(raw, keypair, options).then(echo, () => raw.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Our server, with the sockets and failures it has seen. */
async function ourEcho(): Promise<AsyncDisposable & { port: number; sockets: TlsSocket[]; failures: TlsError[] }> {
  const sockets: TlsSocket[] = []
  const failures: TlsError[] = []
  const server = createServer(
    { keypair: serverKeypair, onHandshakeError: (error) => failures.push(error) },
    (socket) => {
      sockets.push(socket)
      echo(socket)
    },
  )
  await server.listen({ port: 0, host: '127.0.0.1' })
  return { port: server.port, sockets, failures, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function tcp(port: number): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

describe('our client, OpenSSL server', () => {
  for (const ciphers of SUITES) {
    // Our client sends a share for x25519, so P-256 alone takes a HelloRetryRequest.
    for (const [groups, group] of [
      ['X25519', 'x25519'],
      ['P-256', 'secp256r1'],
    ] as const) {
      test(`${ciphers}, ${group}`, async () => {
        await using server = await opensslEcho(serverKeypair, { ciphers, groups })
        const socket = await connect({ host: '127.0.0.1', port: server.port, serverKey: serverKeypair.publicKey })
        expect(socket).toMatchObject({ cipherSuite: ciphers, group })
        expect((await roundTrip(socket, LARGE)).equals(LARGE)).toBe(true)
      })
    }
  }

  test('key updates of both sides', async () => {
    await using server = await opensslEcho(serverKeypair, {})
    const socket = await connect({ host: '127.0.0.1', port: server.port, serverKey: serverKeypair.publicKey })
    for (let i = 0; i < 5; i++) {
      socket.updateKey(true)
      socket.write(`${i}`)
      expect((await once(socket, 'data')).toString()).toBe(`${i}`)
    }
    socket.destroy()
  })

  test('another key is refused', async () => {
    await using server = await opensslEcho(OTHER, {})
    const attempt = connect({ host: '127.0.0.1', port: server.port, serverKey: serverKeypair.publicKey })
    await expect(attempt).rejects.toMatchObject({ code: 'wrong-key', alert: 42 })
  })
})

describe('OpenSSL client, our server', () => {
  for (const ciphers of SUITES) {
    // OpenSSL sends a share for its first group only (and x25519 beside the hybrid).
    for (const [groups, group] of [
      ['X25519', 'x25519'],
      ['P-256', 'secp256r1'],
      ['P-384:X25519', 'x25519'],
      ['P-384:P-256', 'secp256r1'],
      ['X25519MLKEM768:X25519', 'x25519'],
    ] as const) {
      test(`${ciphers}, ${groups}`, async () => {
        await using server = await ourEcho()
        const raw = await tcp(server.port)
        const socket = await connectWithOpenssl(raw, serverKeypair.publicKey, SERVERNAME, { ciphers, groups })
        expect((await roundTrip(socket, LARGE)).equals(LARGE)).toBe(true)
        expect(server.sockets[0]).toMatchObject({ cipherSuite: ciphers, group, servername: SERVERNAME })
      })
    }
  }

  test('key updates of both sides', async () => {
    await using server = await ourEcho()
    const socket = await connectWithOpenssl(await tcp(server.port), serverKeypair.publicKey, SERVERNAME)
    for (let i = 0; i < 5; i++) {
      server.sockets[0]?.updateKey(true)
      socket.write(`${i}`)
      expect((await once(socket, 'data')).toString()).toBe(`${i}`)
    }
    socket.destroy()
  })

  test('a client that expects another key never gets in', async () => {
    await using server = await ourEcho()
    const attempt = connectWithOpenssl(await tcp(server.port), OTHER.publicKey, SERVERNAME, { refuseWrongKey: true })
    await expect(attempt).rejects.toThrow()
    await expect.poll(() => server.failures).toHaveLength(1)
    expect(server.sockets).toHaveLength(0)
  })

  test('a client without raw public keys is refused with handshake_failure', async () => {
    await using server = await ourEcho()
    const socket = connectNodeTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: expect.stringContaining('ALERT_HANDSHAKE_FAILURE') })
    expect(server.failures[0]).toMatchObject({ code: 'no-agreement', alert: 40 })
  })

  test('a client of TLS 1.2 is refused with protocol_version', async () => {
    await using server = await ourEcho()
    const socket = connectNodeTls({
      port: server.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
    })
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
    expect(server.failures[0]).toMatchObject({ code: 'no-agreement', alert: 70 })
  })
})
