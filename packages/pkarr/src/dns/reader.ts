import { PkarrError } from '../error.ts'

/** A DNS message, or a part of it, ended before it was complete. */
export function incomplete(): PkarrError {
  return new PkarrError('invalid-dns', 'Incomplete dns packet')
}

/** A DNS message breaks a rule of its format. */
export function malformed(detail = 'Provided information is not a valid DNS packet'): PkarrError {
  return new PkarrError('invalid-dns', detail)
}

/** Reads big-endian fields from a DNS message; every read is checked against `end`. */
export class DnsReader {
  readonly message: Uint8Array
  readonly end: number
  #position: number

  constructor(message: Uint8Array, position = 0, end = message.length) {
    this.message = message
    this.#position = position
    this.end = end
  }

  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.end - this.#position
  }

  /** Moves on by `length` bytes and returns where they started. */
  advance(length: number): number {
    if (length > this.remaining) throw incomplete()
    const start = this.#position
    this.#position += length
    return start
  }

  u8(): number {
    return this.message[this.advance(1)]!
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8()
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.advance(length)
    return this.message.subarray(start, start + length)
  }

  /** A reader over the next `length` bytes that can still follow pointers into the whole message. */
  limited(length: number): DnsReader {
    const start = this.advance(length)
    return new DnsReader(this.message, start, start + length)
  }

  /** A reader that starts at an earlier place of the same message and has the same end. */
  at(position: number): DnsReader {
    return new DnsReader(this.message, position, this.end)
  }
}
