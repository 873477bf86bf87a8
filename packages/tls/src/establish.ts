import type { Duplex } from 'node:stream'
import type { Connection } from './connection.ts'
import { TlsError } from './errors.ts'
import { TlsSocket } from './tls-socket.ts'
import { closeGently } from './transport.ts'

/** Time for a whole handshake, in ms (spec 04 §6.9). */
export const HANDSHAKE_TIMEOUT = 10_000

export interface EstablishInit {
  readonly raw: Duplex
  readonly connection: Connection
  /** ms */
  readonly timeout: number
  readonly allowHalfOpen: boolean
  readonly remoteAddress?: string | undefined
  /** Bytes that were read from the stream before. */
  readonly head?: Uint8Array | undefined
  /** Called once: with the open socket, or with a TlsError. */
  readonly done: (error: TlsError | undefined, socket: TlsSocket | undefined) => void
}

/**
 * Runs a handshake on a raw stream. No secrets leave it; on any failure the stream is closed, after the alert if there
 * is one to send.
 * @returns a function that gives the handshake up with an error
 */
export function establish(init: EstablishInit): (reason: TlsError) => void {
  const { raw, connection } = init
  let settled = false
  const timer = setTimeout(() => fail(new TlsError('timeout', `no handshake within ${init.timeout} ms`)), init.timeout)
  raw.on('data', onData)
  raw.on('end', onEnd)
  raw.on('error', onError)
  raw.on('close', onEnd)
  if (raw.destroyed) onEnd()
  else step(init.head)
  return fail

  function onData(chunk: Buffer): void {
    step(chunk)
  }

  function onEnd(): void {
    fail(new TlsError('closed', 'the connection ended during the handshake'))
  }

  function onError(cause: Error): void {
    fail(new TlsError('closed', 'the connection failed during the handshake', { cause }))
  }

  function step(chunk: Uint8Array | undefined): void {
    if (chunk) connection.receive(chunk)
    const { failure, result } = connection
    if (failure) {
      fail(failure)
    } else if (result) {
      if (!detach()) return
      const { allowHalfOpen, remoteAddress } = init
      init.done(undefined, new TlsSocket({ raw, connection, result, allowHalfOpen, remoteAddress }))
    } else {
      flush()
    }
  }

  function flush(): void {
    const records = connection.takeOutgoing()
    if (records.length === 0) return
    raw.write(records.length === 1 ? records[0] : Buffer.concat(records))
  }

  function fail(reason: TlsError): void {
    if (!detach()) return
    raw.on('error', () => raw.destroy())
    if (connection.failure?.alert !== undefined && !raw.destroyed) {
      flush()
      closeGently(raw)
    } else {
      raw.destroy()
    }
    connection.dispose()
    init.done(reason, undefined)
  }

  /** Takes the handshake off the stream, once. The caller puts something else on it in the same turn. */
  function detach(): boolean {
    if (settled) return false
    settled = true
    clearTimeout(timer)
    raw.off('data', onData)
    raw.off('end', onEnd)
    raw.off('error', onError)
    raw.off('close', onEnd)
    return true
  }
}
