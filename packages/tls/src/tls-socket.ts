import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { PublicKey } from '@pubky/crypto'
import type { Connection } from './connection.ts'
import { TlsError } from './errors.ts'
import type { HandshakeResult } from './handshake.ts'
import { sealedLength } from './record-protection.ts'
import { borrowSlab, returnSlab, SLAB_DATA } from './slab-pool.ts'
import { closeGently } from './transport.ts'

export interface TlsSocketInit {
  readonly raw: Duplex
  readonly connection: Connection
  readonly result: HandshakeResult
  readonly allowHalfOpen: boolean
  /** Shown instead of the socket's own remote address, for peers behind a proxy. */
  readonly remoteAddress?: string | undefined
}

/**
 * An open PubkyTLS connection: a Duplex with what `http.Server`, `http.Agent` and undici expect of a socket.
 *
 * Ending it sends close_notify. `end` comes only after the peer's close_notify; a connection that stops without one
 * emits `error` with code `truncated`, after the data that did arrive. Back-pressure reaches the raw socket both ways.
 */
export class TlsSocket extends Duplex {
  /** Always true; `http` code tells secure sockets by it. */
  readonly encrypted = true
  /** No ALPN in this profile. */
  readonly alpnProtocol = false
  /** Always false: it is connected when you get it. */
  readonly connecting = false
  /** The host name that the client named (SNI), for information: requests carry the authoritative `Host`. */
  readonly servername: string | undefined
  /** The key that the server proved to hold; `undefined` on the server, as clients prove none. */
  readonly peerKey: PublicKey | undefined
  /** IANA name of the cipher suite. */
  readonly cipherSuite: string
  /** Name of the key exchange group. */
  readonly group: string
  readonly #raw: Duplex
  readonly #connection: Connection
  readonly #remoteAddress: string | undefined
  #pendingError: TlsError | undefined
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0
  #timeout = 0
  #paused: boolean = false
  #readingFinished: boolean = false

  constructor(init: TlsSocketInit) {
    super({ allowHalfOpen: init.allowHalfOpen })
    const { raw, connection, result } = init
    this.servername = result.servername
    this.cipherSuite = result.suite.name
    this.group = result.group.name
    this.peerKey = result.peerKey
    this.#raw = raw
    this.#connection = connection
    this.#remoteAddress = init.remoteAddress
    raw.on('data', (chunk: Buffer) => this.#receive(chunk))
    raw.on('end', () => this.#rawEnded())
    raw.on('error', (error) => this.#rawFailed(error))
    raw.on('close', () => this.#rawEnded())
    this.#settle()
  }

  /** The TCP connection below; undefined when TLS runs over another kind of stream. */
  get tcp(): Socket | undefined {
    return this.#raw instanceof Socket ? this.#raw : undefined
  }

  get remoteAddress(): string | undefined {
    return this.#remoteAddress ?? this.tcp?.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.tcp?.remotePort
  }

  get remoteFamily(): string | undefined {
    return this.tcp?.remoteFamily
  }

  get localAddress(): string | undefined {
    return this.tcp?.localAddress
  }

  get localPort(): number | undefined {
    return this.tcp?.localPort
  }

  /** Bytes received from the network, TLS overhead included; 0 when the raw stream is no net.Socket. */
  get bytesRead(): number {
    return this.tcp?.bytesRead ?? 0
  }

  /** Bytes given to the network, TLS overhead included; 0 when the raw stream is no net.Socket. */
  get bytesWritten(): number {
    return this.tcp?.bytesWritten ?? 0
  }

  /** Idle time set by {@link setTimeout}, in ms; 0 when there is none. */
  get timeout(): number {
    return this.#timeout
  }

  /** Emits `timeout` after `ms` without traffic; 0 switches it off. */
  setTimeout(ms: number, callback?: () => void): this {
    if (callback) {
      if (ms > 0) this.once('timeout', callback)
      else this.removeListener('timeout', callback)
    }
    this.#timeout = ms
    // HTTP servers switch between "keep-alive time" and "none" with each request: the timer stays and is restarted.
    if (ms === 0 || this.destroyed) return this
    if (ms === this.#timerMs) this.#timer?.refresh()
    else this.#startTimer(ms)
    return this
  }

  setNoDelay(on?: boolean): this {
    this.tcp?.setNoDelay(on)
    return this
  }

  setKeepAlive(on?: boolean, initialDelay?: number): this {
    this.tcp?.setKeepAlive(on, initialDelay)
    return this
  }

  ref(): this {
    this.tcp?.ref()
    return this
  }

  unref(): this {
    this.tcp?.unref()
    return this
  }

  /** Sends what is waiting, ends, then destroys. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /**
   * Changes the key that protects our direction; with `requestPeer` the peer changes its own as well.
   * @throws TlsError `closed` when the socket is not writable
   */
  updateKey(requestPeer = false): void {
    this.#connection.updateKey(requestPeer)
    this.#flush()
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size)
    if (this.#pendingError && this.readableLength === 0) this.#failNow()
    return chunk
  }

  override _read(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#raw.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#send([chunk], callback)
  }

  override _writev(chunks: readonly { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#send(
      chunks.map((entry) => entry.chunk),
      callback,
    )
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#connection.close()
    this.#flush()
    if (this.#raw.writable) this.#raw.end(() => callback())
    else callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    const refused = this.#connection.failure?.alert !== undefined
    this.#connection.dispose()
    // An alert needs to get through before the socket goes; everything else is final.
    if (refused) closeGently(this.#raw)
    else this.#raw.destroy()
    callback(error)
  }

  #startTimer(ms: number): void {
    clearTimeout(this.#timer)
    this.#timerMs = ms
    this.#timer = setTimeout(() => {
      if (this.#timeout > 0) this.emit('timeout')
    }, ms).unref()
  }

  #send(chunks: readonly Uint8Array[], callback: (error?: Error | null) => void): void {
    if (this.#timeout > 0) this.#timer?.refresh()
    const [first] = chunks
    if (chunks.length === 1 && first && first.length > SLAB_DATA) {
      this.#sendPiecewise(first, 0, callback)
      return
    }
    let length = 0
    for (const chunk of chunks) length += chunk.length
    if (length > SLAB_DATA) this.#sendPiecewise(Buffer.concat(chunks, length), 0, callback)
    else this.#sealAndFlush(chunks, length, callback)
  }

  /** Seals and writes a slab's worth at a time, so that a large write is not held a second time as ciphertext. */
  #sendPiecewise(data: Uint8Array, start: number, callback: (error?: Error | null) => void): void {
    const piece = data.subarray(start, start + SLAB_DATA)
    const end = start + piece.length
    this.#sealAndFlush([piece], piece.length, (error) => {
      if (error || end === data.length) callback(error)
      else this.#sendPiecewise(data, end, callback)
    })
  }

  #sealAndFlush(chunks: readonly Uint8Array[], length: number, callback: (error?: Error | null) => void): void {
    // Only a net.Socket is known not to hold on to what it has written.
    const slab = length >= SLAB_FROM && this.tcp ? borrowSlab(SLAB_SIZE) : undefined
    try {
      this.#connection.write(chunks, slab)
    } catch (error) {
      callback(error instanceof Error ? error : new Error('write failed', { cause: error }))
      return
    }
    if (!slab) {
      this.#flush(callback)
      return
    }
    this.#flush((error) => {
      if (!error) returnSlab(slab)
      callback(error)
    })
  }

  /** Writes what waits in the connection; `callback` once the raw stream has taken the last of it. */
  #flush(callback?: (error?: Error | null) => void): void {
    const records = this.#connection.takeOutgoing()
    const last = records.length - 1
    if (last < 0 || !this.#raw.writable) {
      callback?.(last < 0 ? null : new TlsError('closed', 'the connection is gone'))
      return
    }
    if (last > 0) this.#raw.cork()
    for (let i = 0; i < last; i++) this.#raw.write(records[i])
    this.#raw.write(records[last], callback)
    if (last > 0) this.#raw.uncork()
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return
    if (this.#timeout > 0) this.#timer?.refresh()
    this.#connection.receive(chunk)
    this.#settle()
  }

  /** Hands on what the connection has collected. */
  #settle(): void {
    this.#flush()
    if (this.readableEnded || this.destroyed) return
    let room = true
    for (const data of this.#connection.takeIncoming()) {
      // Whoever takes the first of them may destroy the socket.
      if (!this.destroyed) room = this.push(data)
    }
    if (this.#connection.failure) {
      this.#fail(this.#connection.failure)
    } else if (this.#connection.peerClosed) {
      this.#finishReading()
    } else if (!room && !this.#paused) {
      this.#paused = true
      this.#raw.pause()
    }
  }

  #finishReading(): void {
    if (this.#readingFinished) return
    this.#readingFinished = true
    this.push(null)
  }

  #rawEnded(): void {
    if (this.destroyed || this.#connection.peerClosed) return
    this.#fail(new TlsError('truncated', 'the connection ended without close_notify'))
  }

  #rawFailed(error: Error): void {
    if (!this.destroyed) this.destroy(error)
  }

  /** Fails after the data that arrived before the fault has been read. */
  #fail(error: TlsError): void {
    if (this.#pendingError) return
    this.#pendingError = error
    if (this.readableLength === 0) this.#failNow()
  }

  #failNow(): void {
    if (!this.destroyed) this.destroy(this.#pendingError)
  }
}

/** From this many bytes on, sealing into a slab beats small allocations. */
const SLAB_FROM = 8192
const SLAB_SIZE = sealedLength(SLAB_DATA)
