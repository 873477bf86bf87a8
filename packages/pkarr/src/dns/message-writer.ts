import { DnsWriter } from './writer.ts'

const POINTER = 0xc000
const MAX_POINTER_TARGET = 0x3fff

/** Writes a DNS message whose names are compressed, spec 04 §1.6. */
export class MessageWriter extends DnsWriter {
  /** Where each suffix stands. */
  readonly #names = new Map<string, number>()

  /**
   * A name given in full. Compressible names are replaced from the first suffix on that stands in the message already;
   * the comparison is case-sensitive, as in the official encoder.
   */
  override name(wire: Uint8Array, compressible: boolean): void {
    if (!compressible) {
      super.name(wire, compressible)
      return
    }
    for (let start = 0; wire[start] !== 0; ) {
      const label = wire.subarray(start, start + 1 + wire[start]!)
      const suffix = String.fromCharCode(...wire.subarray(start))
      const seenAt = this.#names.get(suffix)
      if (seenAt !== undefined) {
        this.u16(POINTER | seenAt)
        return
      }
      if (this.length <= MAX_POINTER_TARGET) this.#names.set(suffix, this.length)
      this.bytes(label)
      start += label.length
    }
    this.u8(0)
  }

  /** Writes what `body` writes, with its length as u16 before it. */
  lengthPrefixed(body: () => void): void {
    const at = this.length
    this.u16(0)
    body()
    this.setU16(at, this.length - at - 2)
  }
}
