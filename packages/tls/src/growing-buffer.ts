/**
 * Collects bytes whose final number is promised by the peer but not yet there. Memory follows what has arrived, not
 * what was promised, and appending one byte at a time stays linear.
 */
export class GrowingBuffer {
  #storage: Buffer = EMPTY
  #length = 0

  get length(): number {
    return this.#length
  }

  /** `promised`: how many bytes there will be in the end; believed once a quarter has come. */
  append(bytes: Uint8Array, promised = 0): void {
    const needed = this.#length + bytes.length
    if (needed > this.#storage.length) {
      const believed = needed * 4 >= promised ? promised : 0
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, believed, this.#storage.length * 2, MINIMUM))
      this.#storage.copy(grown, 0, 0, this.#length)
      this.#storage = grown
    }
    this.#storage.set(bytes, this.#length)
    this.#length = needed
  }

  /** A view of what is there, valid until the next call. */
  peek(): Buffer {
    return this.#storage.subarray(0, this.#length)
  }

  /** Hands all bytes over and starts anew. */
  take(): Buffer {
    const bytes = this.peek()
    this.#storage = EMPTY
    this.#length = 0
    return bytes
  }
}

const EMPTY = Buffer.alloc(0)
const MINIMUM = 256
