import { DhtError } from '../errors.ts'
import type { BencodeDict, BencodeValue } from './value.ts'

/** Lists and dictionaries inside each other. KRPC needs 4; a bound keeps a hostile datagram off our stack. */
export const MAX_DEPTH = 8

/** Digits of a string's length. A hundred megabytes is far above every message; more digits are nonsense. */
const MAX_LENGTH_DIGITS = 8

/** `-` and the 19 digits of a 64-bit integer. */
const MAX_INTEGER_CHARACTERS = 20

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

const CODE_0 = 0x30
const CODE_9 = 0x39
const CODE_COLON = 0x3a
const CODE_DICT = 0x64
const CODE_END = 0x65
const CODE_INTEGER = 0x69
const CODE_LIST = 0x6c
const CODE_MINUS = 0x2d

/**
 * The value of exactly these bytes in canonical bencoding: no leading zeros, no `-0`, keys strictly ascending, nothing
 * after the value, integers of 64 bits, at most {@link MAX_DEPTH} deep. Byte strings are views into `bytes`.
 * @throws DhtError `invalid-bencode`
 */
export function decode(bytes: Uint8Array): BencodeValue {
  const reader = new Reader(bytes, true)
  const value = reader.value(0)
  if (value !== undefined && reader.position === bytes.length) return value
  const reason = reader.fault ?? 'bytes after the value'
  throw new DhtError('invalid-bencode', `invalid bencode at byte ${reader.position}: ${reason}`)
}

/**
 * The dictionary at the start of a datagram, read as liberally as official nodes do: unsorted keys, leading zeros and
 * trailing bytes pass, a key given twice does not (spec 04 §4.1). `undefined` when it is none; never throws.
 */
export function readDict(bytes: Uint8Array): BencodeDict | undefined {
  return bytes[0] === CODE_DICT ? new Reader(bytes, false).dict(0) : undefined
}

/** Reads values from front to back. A method that returns `undefined` has set {@link fault} and the reader is spent. */
class Reader {
  readonly #bytes: Uint8Array
  /** The same bytes, for reading text. A `Buffer` is not handed out: its `slice` does not copy. */
  readonly #text: Buffer
  readonly #canonical: boolean
  #position = 0
  #fault: string | undefined

  constructor(bytes: Uint8Array, canonical: boolean) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#canonical = canonical
  }

  get position(): number {
    return this.#position
  }

  get fault(): string | undefined {
    return this.#fault
  }

  value(depth: number): BencodeValue | undefined {
    switch (this.#bytes[this.#position]) {
      case CODE_INTEGER:
        return this.#integer()
      case CODE_LIST:
        return this.#list(depth)
      case CODE_DICT:
        return this.dict(depth)
      default:
        return this.#string()
    }
  }

  dict(depth: number): BencodeDict | undefined {
    if (depth === MAX_DEPTH) return this.#fail(`more than ${MAX_DEPTH} levels deep`)
    this.#position++
    const dict = new Map<string, BencodeValue>()
    let previous: string | undefined
    while (this.#bytes[this.#position] !== CODE_END) {
      const keyBytes = this.#string()
      if (keyBytes === undefined) return undefined
      const key = this.#text.toString('latin1', this.#position - keyBytes.length, this.#position)
      if (dict.has(key)) return this.#fail('a key given twice')
      if (this.#canonical && previous !== undefined && previous > key) return this.#fail('keys out of order')
      previous = key
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      dict.set(key, value)
    }
    this.#position++
    return dict
  }

  #list(depth: number): readonly BencodeValue[] | undefined {
    if (depth === MAX_DEPTH) return this.#fail(`more than ${MAX_DEPTH} levels deep`)
    this.#position++
    const list: BencodeValue[] = []
    while (this.#bytes[this.#position] !== CODE_END) {
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      list.push(value)
    }
    this.#position++
    return list
  }

  #string(): Uint8Array | undefined {
    const start = this.#position
    let length = 0
    let end = start
    for (; end - start <= MAX_LENGTH_DIGITS; end++) {
      const code = this.#bytes[end]
      if (code === undefined || code < CODE_0 || code > CODE_9) break
      length = length * 10 + (code - CODE_0)
    }
    if (end === start) return this.#fail(end === this.#bytes.length ? 'unexpected end' : 'unexpected byte')
    if (this.#bytes[end] !== CODE_COLON) return this.#fail('a string length without colon')
    if (this.#canonical && end - start > 1 && this.#bytes[start] === CODE_0) return this.#fail('a leading zero')
    if (length > this.#bytes.length - end - 1) return this.#fail('a string longer than the rest')
    this.#position = end + 1 + length
    return this.#bytes.subarray(end + 1, this.#position)
  }

  #integer(): bigint | undefined {
    const start = this.#position + 1
    const digits = this.#bytes[start] === CODE_MINUS ? start + 1 : start
    let end = digits
    for (; end - start <= MAX_INTEGER_CHARACTERS; end++) {
      const code = this.#bytes[end]
      if (code === undefined || code < CODE_0 || code > CODE_9) break
    }
    if (end === digits || this.#bytes[end] !== CODE_END) return this.#fail('a malformed integer')
    if (this.#canonical && this.#bytes[digits] === CODE_0 && end - start > 1) return this.#fail('a leading zero')
    const value = BigInt(this.#text.toString('latin1', start, end))
    if (value < INT64_MIN || value > INT64_MAX) return this.#fail('an integer of more than 64 bits')
    this.#position = end + 1
    return value
  }

  #fail(reason: string): undefined {
    this.#fault ??= reason
    return undefined
  }
}
