import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectNodeTls, createServer as createNodeTlsServer } from 'node:tls'
import { Keypair } from '@pubky/crypto'
import { connect, createAgent, createServer } from '@pubky/tls'
import { selfSigned } from './self-signed.ts'

/** Both ends of one TLS implementation in this process: what is measured is the work of client and server together. */
export interface TlsEnds extends AsyncDisposable {
  connect(): Promise<Duplex>
  /** Keeps its connections open. */
  readonly agent: Agent
}

/** What the server does with a connection. */
export type OnConnection = (socket: Duplex) => void

/** Reads and throws away. */
export const sink: OnConnection = (socket) => {
  socket.on('error', () => socket.destroy())
  socket.resume()
}

/** PubkyTLS. @param connections most connections of the agent */
export async function startPubkyTls(onConnection: OnConnection, connections: number): Promise<TlsEnds> {
  const keypair = Keypair.random()
  const server = createServer({ keypair }, onConnection)
  await server.listen({ port: 0, host: '127.0.0.1' })
  const target = { host: '127.0.0.1', port: server.port, serverKey: keypair.publicKey }
  const agent = createAgent(async () => [target], { maxSockets: connections })
  return {
    connect: () => connect(target),
    agent,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** node:tls with the same version, cipher, key exchange and kind of key. */
export async function startNodeTls(onConnection: OnConnection, connections: number): Promise<TlsEnds> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const certificate = selfSigned(privateKey, publicKey)
  const tls = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', ecdhCurve: 'X25519' } as const
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' })
  const open = new Set<Duplex>()
  const server = createNodeTlsServer({ ...tls, key, cert: certificate, noDelay: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = {
    ...tls,
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ca: certificate,
    servername: 'bench.invalid',
    checkServerIdentity: () => undefined,
  }
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  agent.createConnection = (_options, callback) => {
    const socket = connectNodeTls(target, () => callback?.(null, socket.setNoDelay()))
    return undefined
  }
  return {
    async connect() {
      const socket = connectNodeTls(target).setNoDelay()
      await once(socket, 'secureConnect')
      return socket
    },
    agent,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
