import { ALERT } from './alerts.ts'
import { MESSAGE_HEADER_LENGTH } from './constants.ts'
import { violation } from './errors.ts'
import { GrowingBuffer } from './growing-buffer.ts'

/** Joins record fragments into handshake messages (RFC 8446 §5.1). */
export class HandshakeReader {
  #fragment: Buffer = EMPTY
  readonly #held = new GrowingBuffer()

  /** Whether no part of a message waits for its rest. */
  get empty(): boolean {
    return this.#fragment.length === 0 && this.#held.length === 0
  }

  /** Adds the content of one record. Call it only after {@link next} has returned `undefined`. */
  push(fragment: Buffer): void {
    if (this.#held.length === 0) {
      this.#fragment = fragment
      return
    }
    this.#held.append(fragment)
  }

  /**
   * The next message, header included, or `undefined` until more records come.
   * @throws TlsError `protocol-violation` (50) for a body longer than `limit`; as soon as the header is there
   */
  next(limit: number): Buffer | undefined {
    if (this.#held.length > 0) {
      if (messageLength(this.#held.peek(), limit) > this.#held.length) return undefined
      this.#fragment = this.#held.take()
    }
    const length = messageLength(this.#fragment, limit)
    if (length <= this.#fragment.length) {
      const message = this.#fragment.subarray(0, length)
      this.#fragment = this.#fragment.subarray(length)
      return message
    }
    if (this.#fragment.length > 0) this.#held.append(this.#fragment)
    this.#fragment = EMPTY
    return undefined
  }
}

/** Length with header of the message that starts here; more than any buffer holds while its header is incomplete. */
function messageLength(bytes: Buffer, limit: number): number {
  if (bytes.length < MESSAGE_HEADER_LENGTH) return Number.POSITIVE_INFINITY
  const length = bytes.readUIntBE(1, 3)
  if (length > limit) throw violation(ALERT.decodeError, `handshake message of ${length} bytes`)
  return MESSAGE_HEADER_LENGTH + length
}

const EMPTY = Buffer.alloc(0)
