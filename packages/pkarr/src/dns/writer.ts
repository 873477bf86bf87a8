const POINTER = 0xc000
const MAX_POINTER_TARGET = 0x3fff

/** How the names of one message are compressed, spec 04 §1.6; leave it out to write every name in full. */
export type NameTable = Map<string, number>

/** Appends big-endian fields to a buffer that grows. */
export class DnsWriter {
  #buffer = new Uint8Array(512)
  #length = 0
  readonly #names: NameTable | undefined

  constructor(names?: NameTable) {
    this.#names = names
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    this.#room(1)
    this.#buffer[this.#length++] = value
  }

  u16(value: number): void {
    this.u8(value >>> 8)
    this.u8(value & 0xff)
  }

  u32(value: number): void {
    this.u16(value >>> 16)
    this.u16(value & 0xffff)
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  /**
   * A name given in full (labels and the final zero byte). Compressible names are replaced from the first suffix
   * on that stands in the message already; the comparison is case-sensitive, as in the official encoder.
   */
  name(wire: Uint8Array, compressible: boolean): void {
    const names = compressible ? this.#names : undefined
    let start = 0
    while (wire[start] !== 0) {
      const label = wire.subarray(start, start + 1 + wire[start]!)
      if (names !== undefined) {
        const suffix = String.fromCharCode(...wire.subarray(start))
        const seenAt = names.get(suffix)
        if (seenAt !== undefined) {
          this.u16(POINTER | seenAt)
          return
        }
        if (this.#length <= MAX_POINTER_TARGET) names.set(suffix, this.#length)
      }
      this.bytes(label)
      start += label.length
    }
    this.u8(0)
  }

  /** Writes what `body` writes, with its length as u16 before it. */
  lengthPrefixed(body: () => void): void {
    const at = this.#length
    this.u16(0)
    body()
    const length = this.#length - at - 2
    this.#buffer[at] = length >>> 8
    this.#buffer[at + 1] = length & 0xff
  }

  /** A copy of all that was written. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}
