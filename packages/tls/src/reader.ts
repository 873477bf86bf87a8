import { ALERT } from './alerts.ts'
import { violation } from './errors.ts'

/**
 * Reads the fields of a handshake message. Every length is checked against what is there; a shortage is a
 * `protocol-violation` with alert decode_error. Slices are views, not copies.
 */
export class Reader {
  readonly #bytes: Buffer
  readonly #what: string
  #offset = 0

  /** `what` names the message in errors. */
  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  u8(): number {
    return this.bytes(1)[0]!
  }

  u16(): number {
    return this.bytes(2).readUInt16BE()
  }

  u24(): number {
    return this.bytes(3).readUIntBE(0, 3)
  }

  bytes(length: number): Buffer {
    const end = this.#offset + length
    if (end > this.#bytes.length) throw this.#malformed()
    const slice = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return slice
  }

  /** A vector with an 8-bit length. */
  vector8(minimum = 0): Reader {
    return this.#vector(this.u8(), minimum)
  }

  /** A vector with a 16-bit length. */
  vector16(minimum = 0): Reader {
    return this.#vector(this.u16(), minimum)
  }

  /** A vector with a 24-bit length. */
  vector24(minimum = 0): Reader {
    return this.#vector(this.u24(), minimum)
  }

  /** All that is left. */
  rest(): Buffer {
    return this.bytes(this.remaining)
  }

  /** All that is left, as 16-bit numbers. */
  numbers16(): number[] {
    if (this.remaining % 2 !== 0) throw this.#malformed()
    const numbers: number[] = []
    while (this.remaining > 0) numbers.push(this.u16())
    return numbers
  }

  /** Refuses bytes behind the last field. */
  end(): void {
    if (this.remaining !== 0) throw this.#malformed()
  }

  #vector(length: number, minimum: number): Reader {
    if (length < minimum) throw this.#malformed()
    return new Reader(this.bytes(length), this.#what)
  }

  #malformed(): Error {
    return violation(ALERT.decodeError, `malformed ${this.#what}`)
  }
}
