import { CryptoError, PublicKey, utf8Decode } from '@pubky/crypto'
import { ProtocolError } from './errors.ts'

/** Longest LEB128 form of a 64-bit number. */
const MAX_VARINT_BYTES = 10
const MAX_U64 = 2n ** 64n - 1n

/** Reads the fields of a postcard record in order (spec 01 §4, §6, §15.3). Every method throws `bytes-…` errors. */
export class PostcardReader {
  readonly #bytes: Uint8Array
  #offset: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes
    this.#offset = offset
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** The next `length` bytes, a view of the input. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) {
      throw new ProtocolError('bytes-truncated', 'Hit the end of buffer, expected more data')
    }
    const start = this.#offset
    this.#offset += length
    return this.#bytes.subarray(start, this.#offset)
  }

  /** A LEB128 number of at most 64 bits; longer forms than needed are fine. */
  varint(): bigint {
    let value = 0n
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.bytes(1)[0]!
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) {
        if (value > MAX_U64) break
        return value
      }
    }
    throw new ProtocolError(
      'bytes-varint',
      "Found a varint that didn't terminate. Is the usize too big for this platform?",
    )
  }

  /** A count of things of which each needs at least `least` bytes, so that no count can outgrow the input. */
  count(least: number): number {
    const count = this.varint()
    if (count * BigInt(least) > BigInt(this.remaining)) {
      throw new ProtocolError('bytes-truncated', 'Hit the end of buffer, expected more data')
    }
    return Number(count)
  }

  /** A length and that many bytes of UTF-8. */
  text(): string {
    const bytes = this.bytes(this.count(1))
    try {
      return utf8Decode(bytes)
    } catch (cause) {
      throw new ProtocolError('bytes-utf8', 'Tried to parse invalid utf-8', { cause })
    }
  }

  /** 32 bytes that are a point of the curve. */
  publicKey(): PublicKey {
    const bytes = this.bytes(32)
    try {
      return PublicKey.fromBytes(bytes)
    } catch (cause) {
      if (cause instanceof CryptoError) throw invalidValue(cause)
      throw cause
    }
  }
}

/** The error for a field whose bytes are fine and whose value is not. */
export function invalidValue(cause: unknown): ProtocolError {
  return new ProtocolError('bytes-value', 'Serde Deserialization Error', { cause })
}
