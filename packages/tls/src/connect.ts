import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PublicKey } from '@pubky/crypto'
import { ClientHandshake } from './client-handshake.ts'
import { isHostName } from './client-hello.ts'
import { Connection } from './connection.ts'
import { TlsError } from './errors.ts'
import { establish, HANDSHAKE_TIMEOUT } from './establish.ts'
import type { TlsSocket } from './tls-socket.ts'

/** Time for connecting TCP, in ms. */
export const CONNECT_TIMEOUT = 10_000

/** A TCP address to connect to. */
export interface TcpTarget {
  readonly host: string
  readonly port: number
  /** Time for connecting TCP, in ms; {@link CONNECT_TIMEOUT} unless given. */
  readonly connectTimeout?: number
}

/** What a connection is made over: TCP, or a connected stream, which the connection takes over. */
export type ConnectTransport = TcpTarget | { readonly socket: Duplex }

export type ConnectOptions = ConnectTransport & {
  /** The key that the server must prove, or several of which it must prove one (spec 04 §6.4). */
  readonly serverKey: PublicKey | readonly PublicKey[]
  /** Host name for SNI: `_pubky.<z32>` or `<z32>`; the first server key's z32 unless given. */
  readonly servername?: string
  /** Time for the TLS handshake, in ms; 10000 unless given. */
  readonly handshakeTimeout?: number
  /** Whether our direction stays open when the peer has ended its own, as in `net`; false unless given. */
  readonly allowHalfOpen?: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Connects to a PubkyTLS server and checks its key (spec 04 §6.4). A given stream is destroyed when this fails.
 * @throws TlsError: `wrong-key` when the server holds another key, and every other code but `refused`;
 *   `signal.reason` when aborted
 */
export async function connect(options: ConnectOptions): Promise<TlsSocket> {
  const { signal, allowHalfOpen = false, handshakeTimeout: timeout = HANDSHAKE_TIMEOUT } = options
  const { serverKeys, servername } = checkedTarget(options)
  signal?.throwIfAborted()
  const raw = 'socket' in options ? options.socket : await connectRaw(options, signal)
  const handshake = new ClientHandshake({ serverKeys, servername })
  const connection = new Connection({ handshake, now: () => performance.now() })
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', onAbort, { once: true })
    const giveUp = establish({ raw, connection, timeout, allowHalfOpen, done })

    function onAbort(): void {
      giveUp(new TlsError('closed', 'aborted', { cause: signal?.reason }))
    }

    function done(error: TlsError | undefined, socket: TlsSocket | undefined): void {
      signal?.removeEventListener('abort', onAbort)
      if (socket) resolve(socket)
      else reject(signal?.aborted ? signal.reason : error)
    }
  })
}

function checkedTarget(options: ConnectOptions): { serverKeys: readonly PublicKey[]; servername: string } {
  const serverKeys = 'bytes' in options.serverKey ? [options.serverKey] : options.serverKey
  const [first] = serverKeys
  if (!first) throw new TlsError('invalid-argument', 'no server key to expect')
  const servername = options.servername ?? first.z32()
  if (!isHostName(servername)) throw new TlsError('invalid-argument', 'servername is not an ASCII host name')
  return { serverKeys, servername }
}

function connectRaw({ host, port, connectTimeout }: TcpTarget, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timeout = connectTimeout ?? CONNECT_TIMEOUT
    const raw = connectTcp({ host, port, noDelay: true, allowHalfOpen: true })
    const late = new TlsError('timeout', `no TCP connection within ${timeout} ms`)
    const timer = setTimeout(() => fail(late), timeout)
    raw.once('connect', onConnect)
    raw.once('error', onError)
    signal?.addEventListener('abort', onAbort, { once: true })

    function onConnect(): void {
      detach()
      resolve(raw)
    }

    function onError(cause: Error): void {
      fail(new TlsError('connect-failed', `no TCP connection to ${host}:${port}`, { cause }))
    }

    function onAbort(): void {
      fail(signal?.reason)
    }

    function fail(reason: unknown): void {
      detach()
      raw.on('error', () => raw.destroy())
      raw.destroy()
      reject(reason)
    }

    function detach(): void {
      clearTimeout(timer)
      raw.off('connect', onConnect)
      raw.off('error', onError)
      signal?.removeEventListener('abort', onAbort)
    }
  })
}
