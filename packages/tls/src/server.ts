import { createServer as createTcpServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Keypair } from '@pubky/crypto'
import { Connection } from './connection.ts'
import { TlsError } from './errors.ts'
import { establish, HANDSHAKE_TIMEOUT } from './establish.ts'
import { PendingHandshakes } from './pending-handshakes.ts'
import { ServerHandshake } from './server-handshake.ts'
import type { TlsSocket } from './tls-socket.ts'

/** Handshakes in progress at once; past it the oldest gives way to the newest. */
export const MAX_PENDING = 4096
/** Handshakes in progress at once from one IPv4 address or IPv6 /64; past it new ones are refused. */
export const MAX_PENDING_PER_ADDRESS = 128

export interface TlsServerInit {
  /** The homeserver's key: what clients expect, and the only secret. */
  readonly keypair: Keypair
  /** Time for a handshake, in ms; 10000 unless given. */
  readonly handshakeTimeout?: number
  /** {@link MAX_PENDING} unless given. */
  readonly maxPending?: number
  /** {@link MAX_PENDING_PER_ADDRESS} unless given. */
  readonly maxPendingPerAddress?: number
  /** Whether our direction stays open when the client has ended its own, as in `net`; false unless given. */
  readonly allowHalfOpen?: boolean
  /** Told of each handshake that failed, for logs and counters. The error holds no secrets. */
  readonly onHandshakeError?: (error: TlsError, remoteAddress: string | undefined) => void
}

export interface ListenOptions {
  readonly port: number
  readonly host?: string
}

/** What was learnt about a stream before TLS, from a PROXY protocol preface. */
export interface AcceptOptions {
  /** Bytes of the client that were read already; the ClientHello starts with them. */
  readonly head?: Uint8Array
  /** The client's real address. */
  readonly remoteAddress?: string
}

/** A PubkyTLS server. Create it with {@link createServer}, start it with {@link TlsServer.listen}. */
export class TlsServer {
  readonly #init: TlsServerInit
  readonly #onConnection: (socket: TlsSocket) => void
  readonly #pending: PendingHandshakes
  readonly #open = new Set<TlsSocket>()
  readonly #tcp: Server
  #closed: boolean = false

  constructor(init: TlsServerInit, onConnection: (socket: TlsSocket) => void) {
    this.#init = init
    this.#onConnection = onConnection
    this.#pending = new PendingHandshakes(
      init.maxPending ?? MAX_PENDING,
      init.maxPendingPerAddress ?? MAX_PENDING_PER_ADDRESS,
    )
    this.#tcp = createTcpServer({ noDelay: true, allowHalfOpen: true }, (raw) => this.accept(raw))
    // Without a listener a full table of file descriptors would end the process.
    this.#tcp.on('error', (cause) => {
      if (this.#tcp.listening) init.onHandshakeError?.(new TlsError('refused', 'cannot accept', { cause }), undefined)
    })
  }

  /** Handshakes in progress. */
  get pendingHandshakes(): number {
    return this.#pending.size
  }

  /** Open connections. */
  get connections(): number {
    return this.#open.size
  }

  /** The bound TCP port. @throws TlsError `closed` when not listening */
  get port(): number {
    const address = this.#tcp.address()
    if (!address || typeof address === 'string') throw new TlsError('closed', 'the server is not listening')
    return address.port
  }

  /** Binds and accepts. @throws TlsError `connect-failed` when the address cannot be bound */
  listen(options: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const onError = (cause: Error): void => {
        const where = `${options.host ?? ''}:${options.port}`
        reject(new TlsError('connect-failed', `cannot listen on ${where}`, { cause }))
      }
      this.#tcp.once('error', onError)
      this.#tcp.listen({ port: options.port, ...(options.host !== undefined && { host: options.host }) }, () => {
        this.#tcp.off('error', onError)
        resolve()
      })
    })
  }

  /**
   * Serves a stream that somebody else accepted, for example behind a PROXY protocol preface. It should allow half-open
   * connections. The server owns it from now on.
   */
  accept(raw: Duplex, options: AcceptOptions = {}): void {
    const remoteAddress = options.remoteAddress ?? addressOf(raw)
    const ticket = this.#closed ? undefined : this.#pending.admit(remoteAddress)
    if (!ticket) {
      raw.on('error', () => raw.destroy())
      raw.destroy()
      this.#init.onHandshakeError?.(new TlsError('refused', 'too many handshakes are pending'), remoteAddress)
      return
    }
    const connection = new Connection({
      handshake: new ServerHandshake(this.#init.keypair),
      now: () => performance.now(),
    })
    const giveUp = establish({
      raw,
      connection,
      timeout: this.#init.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
      allowHalfOpen: this.#init.allowHalfOpen ?? false,
      remoteAddress: options.remoteAddress,
      head: options.head,
      done: (error, socket) => {
        ticket.leave()
        if (socket) this.#welcome(socket)
        else if (error) this.#init.onHandshakeError?.(error, remoteAddress)
      },
    })
    ticket.onEvict(giveUp)
  }

  /** Stops listening, gives up pending handshakes and destroys open connections. Resolves when all sockets are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const stopped = new Promise<void>((resolve) => this.#tcp.close(() => resolve()))
    this.#pending.evictAll()
    for (const socket of this.#open) socket.destroy()
    await stopped
  }

  #welcome(socket: TlsSocket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    this.#onConnection(socket)
  }
}

/**
 * A PubkyTLS server for one key (spec 04 §6.2). `onConnection` gets each socket after its handshake, and must listen
 * for its `error`; `(socket) => httpServer.emit('connection', socket)` does.
 */
export function createServer(init: TlsServerInit, onConnection: (socket: TlsSocket) => void): TlsServer {
  return new TlsServer(init, onConnection)
}

function addressOf(raw: Duplex): string | undefined {
  return 'remoteAddress' in raw && typeof raw.remoteAddress === 'string' ? raw.remoteAddress : undefined
}
