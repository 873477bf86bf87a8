import { ALERT } from './alerts.ts'
import { MAX_CIPHERTEXT, MAX_PLAINTEXT, RECORD_HEADER_LENGTH, RECORD_TYPE } from './constants.ts'
import { violation } from './errors.ts'
import { GrowingBuffer } from './growing-buffer.ts'

/**
 * Cuts the byte stream into records (RFC 8446 §5.1). A record that lies whole in one chunk is a view of that chunk;
 * only the one that straddles two chunks is copied.
 */
export class RecordReader {
  #chunk: Buffer = EMPTY
  #offset = 0
  readonly #held = new GrowingBuffer()

  /** Gives the next bytes of the stream. Call it only after {@link next} has returned `undefined`. */
  push(bytes: Uint8Array): void {
    this.#chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#offset = 0
  }

  /**
   * The next record, header included, or `undefined` until more bytes come.
   * @throws TlsError `protocol-violation`: unknown type (10), too long (22); as soon as the header is there
   */
  next(): Buffer | undefined {
    return this.#held.length > 0 ? this.#complete() : this.#cut()
  }

  #cut(): Buffer | undefined {
    const available = this.#chunk.length - this.#offset
    let length = 0
    if (available >= RECORD_HEADER_LENGTH) {
      length = recordLength(this.#chunk, this.#offset)
      if (available >= length) {
        const record = this.#chunk.subarray(this.#offset, this.#offset + length)
        this.#offset += length
        return record
      }
    }
    if (available > 0) this.#hold(available, length)
    this.#chunk = EMPTY
    this.#offset = 0
    return undefined
  }

  #complete(): Buffer | undefined {
    if (!this.#holdUpTo(RECORD_HEADER_LENGTH)) return undefined
    if (!this.#holdUpTo(recordLength(this.#held.peek(), 0))) return undefined
    return this.#held.take()
  }

  #holdUpTo(length: number): boolean {
    const missing = length - this.#held.length
    if (missing > 0) this.#hold(Math.min(missing, this.#chunk.length - this.#offset), length)
    return this.#held.length >= length
  }

  #hold(length: number, promised: number): void {
    this.#held.append(this.#chunk.subarray(this.#offset, this.#offset + length), promised)
    this.#offset += length
  }
}

function recordLength(bytes: Buffer, offset: number): number {
  const type = bytes[offset]!
  if (type < RECORD_TYPE.changeCipherSpec || type > RECORD_TYPE.applicationData) {
    throw violation(ALERT.unexpectedMessage, `record of unknown type ${type}`)
  }
  const length = bytes.readUInt16BE(offset + 3)
  const limit = type === RECORD_TYPE.applicationData ? MAX_CIPHERTEXT : MAX_PLAINTEXT
  if (length > limit) throw violation(ALERT.recordOverflow, `record of type ${type} with ${length} bytes`)
  return RECORD_HEADER_LENGTH + length
}

const EMPTY = Buffer.alloc(0)
