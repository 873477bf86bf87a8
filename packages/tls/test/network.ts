import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, createServer, type TlsServer, type TlsServerInit, type TlsSocket } from '@pubky/tls'
import { serverKeypair } from './memory.ts'

/** A listening server of the vectors' key, whose sockets wait to be taken in order. */
export interface TestServer extends AsyncDisposable {
  readonly server: TlsServer
  readonly port: number
  /** The next socket that finished its handshake. */
  accepted(): Promise<TlsSocket>
}

export async function startServer(init: Partial<TlsServerInit> = {}): Promise<TestServer> {
  const sockets: TlsSocket[] = []
  const waiting: ((socket: TlsSocket) => void)[] = []
  const server = createServer({ keypair: serverKeypair, ...init }, (socket) => {
    socket.on('error', () => {})
    const taker = waiting.shift()
    if (taker) taker(socket)
    else sockets.push(socket)
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  return {
    server,
    port: server.port,
    accepted() {
      const socket = sockets.shift()
      return socket ? Promise.resolve(socket) : new Promise((resolve) => waiting.push(resolve))
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Both ends of a fresh connection. */
export async function openPair(
  server: TestServer,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<{ client: TlsSocket; peer: TlsSocket }> {
  const [client, peer] = await Promise.all([
    connect({ host: '127.0.0.1', port: server.port, serverKey: serverKeypair.publicKey, ...options }),
    server.accepted(),
  ])
  client.on('error', () => {})
  return { client, peer }
}

/** A connected TCP socket. */
export async function openTcp(port: number): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** A TCP proxy that hands its two sockets out, for cutting connections in the middle. */
export async function startProxy(
  target: number,
): Promise<AsyncDisposable & { readonly port: number; readonly links: { near: Socket; far: Socket }[] }> {
  const links: { near: Socket; far: Socket }[] = []
  const server = createTcpServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connectTcp({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    links.push({ near, far })
    for (const socket of [near, far]) socket.on('error', () => socket.destroy())
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    links,
    async [Symbol.asyncDispose]() {
      for (const { near, far } of links) {
        near.destroy()
        far.destroy()
      }
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Resolves when a stream has closed, failed or not; `once` would reject on an error. */
export function whenClosed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()))
}

/** All data up to the end of a stream, which stays open for writing; `stream/consumers` would destroy it. */
export function readAll(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', () => resolve(Buffer.concat(chunks)))
    stream.once('error', reject)
    stream.resume()
  })
}
