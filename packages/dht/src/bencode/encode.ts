import { type Encodable, Encoded } from './value.ts'

const INITIAL_SIZE = 512

/**
 * The canonical bencoding: shortest numbers, keys in byte order. Texts are written with one byte a character, so they
 * must be ASCII or already hold bytes (spec 04 §4.1).
 */
export function encode(value: Encodable): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  writer.value(value)
  return writer.finish()
}

function isList(value: Encodable): value is readonly Encodable[] {
  return Array.isArray(value)
}

/** Keys hold one byte a character, so comparing them as texts compares bytes. */
function byteOrder(a: string, b: string): number {
  return a < b ? -1 : 1
}

class Writer {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  #length = 0

  value(value: Encodable): void {
    if (typeof value === 'string') this.#text(value)
    else if (value instanceof Uint8Array) this.#bytes(value)
    else if (typeof value === 'bigint' || typeof value === 'number') this.#ascii(`i${value}e`)
    else if (value instanceof Encoded) this.#raw(value.bytes)
    else if (isList(value)) this.#list(value)
    else this.#dict(value)
  }

  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.buffer, 0, this.#length)
  }

  #dict(dict: ReadonlyMap<string, Encodable | undefined>): void {
    this.#ascii('d')
    for (const key of [...dict.keys()].sort(byteOrder)) {
      const value = dict.get(key)
      if (value === undefined) continue
      this.#text(key)
      this.value(value)
    }
    this.#ascii('e')
  }

  #list(list: readonly Encodable[]): void {
    this.#ascii('l')
    for (const value of list) this.value(value)
    this.#ascii('e')
  }

  #text(text: string): void {
    this.#ascii(`${text.length}:`)
    this.#ascii(text)
  }

  #bytes(bytes: Uint8Array): void {
    this.#ascii(`${bytes.length}:`)
    this.#raw(bytes)
  }

  #ascii(text: string): void {
    this.#reserve(text.length)
    this.#length += this.#buffer.write(text, this.#length, 'latin1')
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}
