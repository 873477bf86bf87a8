/** Argon2id (RFC 9106) with one lane, for places where no native code can be loaded. */
import { concatBytes } from '../bytes.ts'
import { blake2b } from './blake2b.ts'

/** What a key costs to derive: the parameters of Argon2id with one lane. */
export interface Argon2Cost {
  readonly memoryKib: number
  readonly passes: number
}

const VERSION = 0x13
/** Argon2id among the variants. */
const TYPE = 2
/** A block of 1024 bytes: 128 numbers of 64 bits, low half first. */
const BLOCK_WORDS = 256
const SLICES = 4

/** Derives `length` bytes from a password. */
export function argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array {
  const seed = blake2b(
    concatBytes(
      ...[1, length, cost.memoryKib, cost.passes, VERSION, TYPE, password.length].map(le32),
      password,
      le32(salt.length),
      salt,
      le32(0),
      le32(0),
    ),
    64,
  )
  const segment = Math.floor(cost.memoryKib / SLICES)
  const columns = segment * SLICES
  const memory = new Uint32Array(columns * BLOCK_WORDS)
  for (const column of [0, 1]) {
    const first = longHash(concatBytes(seed, le32(column), le32(0)), 4 * BLOCK_WORDS)
    memory.set(new Uint32Array(first.buffer), column * BLOCK_WORDS)
  }
  for (let pass = 0; pass < cost.passes; pass++) {
    for (let slice = 0; slice < SLICES; slice++) fillSegment(memory, cost, segment, pass, slice)
  }
  const last = new Uint32Array(blockAt(memory, columns - 1))
  return longHash(new Uint8Array(last.buffer), length)
}

function fillSegment(memory: Uint32Array, cost: Argon2Cost, segment: number, pass: number, slice: number): void {
  const columns = segment * SLICES
  const isIndependent = pass === 0 && slice < SLICES / 2
  const input = new Uint32Array(BLOCK_WORDS)
  ;[pass, 0, slice, columns, cost.passes, TYPE].forEach((value, i) => {
    input[2 * i] = value
  })
  const zero = new Uint32Array(BLOCK_WORDS)
  const addresses = new Uint32Array(BLOCK_WORDS)
  const scratch = new Uint32Array(BLOCK_WORDS)
  for (let index = 0; index < segment; index++) {
    if (isIndependent && index % 128 === 0) {
      // The next 128 addresses come from the number of their block, counted from 1.
      input[12]!++
      mixBlocks(zero, input, addresses, scratch, false)
      mixBlocks(zero, addresses.slice(), addresses, scratch, false)
    }
    if (pass === 0 && slice === 0 && index < 2) continue
    const column = slice * segment + index
    const previous = blockAt(memory, (column + columns - 1) % columns)
    const source = isIndependent ? addresses.subarray(2 * (index % 128)) : previous
    const area = pass === 0 ? column - 1 : columns - segment + index - 1
    const start = pass === 0 || slice === SLICES - 1 ? 0 : (slice + 1) * segment
    const reference = (start + area - 1 - scale(source[0]!, area)) % columns
    mixBlocks(previous, blockAt(memory, reference), blockAt(memory, column), scratch, pass > 0)
  }
}

/** Maps 32 random bits to a distance within the area, near ones more often: ⌊area · ⌊x² / 2³²⌋ / 2³²⌋. */
function scale(x: number, area: number): number {
  return Number((BigInt(area) * ((BigInt(x) * BigInt(x)) >> 32n)) >> 32n)
}

/** The compression function G of two blocks, into a third; later passes XOR it over what is there. */
function mixBlocks(x: Uint32Array, y: Uint32Array, output: Uint32Array, scratch: Uint32Array, keeps: boolean): void {
  for (let i = 0; i < BLOCK_WORDS; i++) {
    const sum = x[i]! ^ y[i]!
    scratch[i] = sum
    output[i] = keeps ? output[i]! ^ sum : sum
  }
  for (let row = 0; row < 8; row++) permute(scratch, 32 * row, 4)
  for (let column = 0; column < 8; column++) permute(scratch, 4 * column, 32)
  for (let i = 0; i < BLOCK_WORDS; i++) output[i]! ^= scratch[i]!
}

/** The permutation P: a round of BLAKE2b on 16 numbers, which lie in pairs `stride` apart. */
function permute(m: Uint32Array, start: number, stride: number): void {
  const at = (i: number) => start + (i >> 1) * stride + 2 * (i & 1)
  mix(m, at(0), at(4), at(8), at(12))
  mix(m, at(1), at(5), at(9), at(13))
  mix(m, at(2), at(6), at(10), at(14))
  mix(m, at(3), at(7), at(11), at(15))
  mix(m, at(0), at(5), at(10), at(15))
  mix(m, at(1), at(6), at(11), at(12))
  mix(m, at(2), at(7), at(8), at(13))
  mix(m, at(3), at(4), at(9), at(14))
}

function mix(m: Uint32Array, a: number, b: number, c: number, d: number): void {
  addTwice(m, a, b)
  xorRotated(m, d, a, 32)
  addTwice(m, c, d)
  xorRotated(m, b, c, 24)
  addTwice(m, a, b)
  xorRotated(m, d, a, 16)
  addTwice(m, c, d)
  xorRotated(m, b, c, 63)
}

/** x = x + y + 2 · low(x) · low(y) */
function addTwice(m: Uint32Array, x: number, y: number): void {
  const xl = m[x]!
  const yl = m[y]!
  const ll = (xl & 0xffff) * (yl & 0xffff)
  const lh = (xl & 0xffff) * (yl >>> 16)
  const hl = (xl >>> 16) * (yl & 0xffff)
  const middle = (ll >>> 16) + (lh & 0xffff) + (hl & 0xffff)
  const high = Math.imul(xl >>> 16, yl >>> 16) + (lh >>> 16) + (hl >>> 16) + (middle >>> 16)
  const low = Math.imul(xl, yl)
  const sum = xl + yl + ((low << 1) >>> 0)
  m[x] = sum
  m[x + 1] = m[x + 1]! + m[y + 1]! + ((high << 1) | (low >>> 31)) + Math.floor(sum / 2 ** 32)
}

/** x = (x ^ y) >>> by */
function xorRotated(m: Uint32Array, x: number, y: number, by: number): void {
  let low = m[x]! ^ m[y]!
  let high = m[x + 1]! ^ m[y + 1]!
  if (by >= 32) [low, high] = [high, low]
  const shift = by % 32
  m[x] = shift === 0 ? low : (low >>> shift) | (high << (32 - shift))
  m[x + 1] = shift === 0 ? high : (high >>> shift) | (low << (32 - shift))
}

/** The variable-length hash H′. */
function longHash(input: Uint8Array, length: number): Uint8Array {
  const prefixed = concatBytes(le32(length), input)
  if (length <= 64) return blake2b(prefixed, length)
  const output = new Uint8Array(length)
  let part = blake2b(prefixed, 64)
  let offset = 0
  for (; length - offset > 64; offset += 32) {
    output.set(part.subarray(0, 32), offset)
    part = blake2b(part, Math.min(64, length - offset - 32))
  }
  output.set(part, offset)
  return output
}

function blockAt(memory: Uint32Array, column: number): Uint32Array {
  return memory.subarray(column * BLOCK_WORDS, (column + 1) * BLOCK_WORDS)
}

function le32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}
