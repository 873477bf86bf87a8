/** BLAKE3 (specification of 2021), unkeyed, for places where no native code can be loaded. */

const CHUNK_LENGTH = 1024
const BLOCK_LENGTH = 64
const CHUNK_START = 1
const CHUNK_END = 2
const PARENT = 4
const ROOT = 8

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]
/** Where each word of a block goes between rounds. */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]

/** The last compression of a chunk or parent, kept back because it differs when it turns out to be the root. */
interface Output {
  readonly chaining: Uint32Array
  readonly block: Uint32Array
  readonly counter: number
  readonly length: number
  readonly flags: number
}

/** Hashes a body that arrives in pieces. */
export class Blake3State {
  readonly #chunk = new Uint8Array(CHUNK_LENGTH)
  #filled = 0
  #chunks = 0
  /** Chaining values of complete subtrees, largest first. */
  readonly #subtrees: Uint32Array[] = []

  update(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#filled === CHUNK_LENGTH) this.#endChunk()
      const part = bytes.subarray(offset, offset + CHUNK_LENGTH - this.#filled)
      this.#chunk.set(part, this.#filled)
      this.#filled += part.length
      offset += part.length
    }
  }

  digest(length: number): Uint8Array {
    let output = chunkOutput(this.#chunk.subarray(0, this.#filled), this.#chunks)
    for (const subtree of this.#subtrees.toReversed()) output = parentOutput(subtree, chainingOf(output))
    return rootDigest(output, length)
  }

  #endChunk(): void {
    let chaining = chainingOf(chunkOutput(this.#chunk, this.#chunks++))
    // As many subtrees end here as the number of chunks has trailing zero bits.
    for (let total = this.#chunks; total % 2 === 0; total /= 2) {
      chaining = chainingOf(parentOutput(this.#subtrees.pop()!, chaining))
    }
    this.#subtrees.push(chaining)
    this.#filled = 0
  }
}

/** The hash of a body that is there as a whole. */
export function hashWhole(bytes: Uint8Array, length: number): Uint8Array {
  return rootDigest(treeOutput(bytes, 0), length)
}

/** The last compression of a subtree; its left half has as many chunks as the largest power of two that leaves some. */
function treeOutput(bytes: Uint8Array, firstChunk: number): Output {
  if (bytes.length <= CHUNK_LENGTH) return chunkOutput(bytes, firstChunk)
  let chunks = 1
  while (2 * chunks * CHUNK_LENGTH < bytes.length) chunks *= 2
  const left = treeOutput(bytes.subarray(0, chunks * CHUNK_LENGTH), firstChunk)
  const right = treeOutput(bytes.subarray(chunks * CHUNK_LENGTH), firstChunk + chunks)
  return parentOutput(chainingOf(left), chainingOf(right))
}

function rootDigest(output: Output, length: number): Uint8Array {
  const digest = new Uint8Array(length)
  for (let offset = 0; offset < length; offset += BLOCK_LENGTH) {
    const words = compress({ ...output, counter: offset / BLOCK_LENGTH, flags: output.flags | ROOT })
    const view = new DataView(new ArrayBuffer(BLOCK_LENGTH))
    words.forEach((word, i) => {
      view.setUint32(4 * i, word, true)
    })
    digest.set(new Uint8Array(view.buffer).subarray(0, length - offset), offset)
  }
  return digest
}

function chunkOutput(chunk: Uint8Array, counter: number): Output {
  let chaining = Uint32Array.from(IV)
  const blocks = Math.max(1, Math.ceil(chunk.length / BLOCK_LENGTH))
  for (let i = 0; ; i++) {
    const bytes = chunk.subarray(i * BLOCK_LENGTH, (i + 1) * BLOCK_LENGTH)
    const isLast = i === blocks - 1
    const flags = (i === 0 ? CHUNK_START : 0) | (isLast ? CHUNK_END : 0)
    const output = { chaining, block: wordsOf(bytes), counter, length: bytes.length, flags }
    if (isLast) return output
    chaining = chainingOf(output)
  }
}

function parentOutput(left: Uint32Array, right: Uint32Array): Output {
  const block = new Uint32Array(16)
  block.set(left)
  block.set(right, 8)
  return { chaining: Uint32Array.from(IV), block, counter: 0, length: BLOCK_LENGTH, flags: PARENT }
}

function chainingOf(output: Output): Uint32Array<ArrayBuffer> {
  return compress(output).slice(0, 8)
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(16)
  const whole = bytes.length === BLOCK_LENGTH ? bytes : new Uint8Array(BLOCK_LENGTH)
  if (whole !== bytes) whole.set(bytes)
  const view = new DataView(whole.buffer, whole.byteOffset)
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i, true)
  return words
}

function compress({ chaining, block, counter, length, flags }: Output): Uint32Array<ArrayBuffer> {
  const v = new Uint32Array(16)
  for (let i = 0; i < 8; i++) v[i] = chaining[i]!
  for (let i = 0; i < 4; i++) v[8 + i] = IV[i]!
  v[12] = counter
  v[13] = counter / 2 ** 32
  v[14] = length
  v[15] = flags
  const order = schedule()
  for (let i = 0; i < order.length; i += 16) {
    mix(v, 0, 4, 8, 12, block[order[i]!]!, block[order[i + 1]!]!)
    mix(v, 1, 5, 9, 13, block[order[i + 2]!]!, block[order[i + 3]!]!)
    mix(v, 2, 6, 10, 14, block[order[i + 4]!]!, block[order[i + 5]!]!)
    mix(v, 3, 7, 11, 15, block[order[i + 6]!]!, block[order[i + 7]!]!)
    mix(v, 0, 5, 10, 15, block[order[i + 8]!]!, block[order[i + 9]!]!)
    mix(v, 1, 6, 11, 12, block[order[i + 10]!]!, block[order[i + 11]!]!)
    mix(v, 2, 7, 8, 13, block[order[i + 12]!]!, block[order[i + 13]!]!)
    mix(v, 3, 4, 9, 14, block[order[i + 14]!]!, block[order[i + 15]!]!)
  }
  for (let i = 0; i < 8; i++) {
    v[i]! ^= v[i + 8]!
    v[i + 8]! ^= chaining[i]!
  }
  return v
}

let computedSchedule: Uint8Array | undefined

/** Which word of a block each step of the seven rounds takes. */
function schedule(): Uint8Array {
  if (!computedSchedule) {
    computedSchedule = new Uint8Array(7 * 16)
    for (let i = 0; i < computedSchedule.length; i++) {
      computedSchedule[i] = i < 16 ? i : computedSchedule[i - 16 - (i % 16) + PERMUTATION[i % 16]!]!
    }
  }
  return computedSchedule
}

function mix(v: Uint32Array, a: number, b: number, c: number, d: number, x: number, y: number): void {
  let va = v[a]!
  let vb = v[b]!
  let vc = v[c]!
  let vd = v[d]!
  va = (va + vb + x) | 0
  vd = rotate(vd ^ va, 16)
  vc = (vc + vd) | 0
  vb = rotate(vb ^ vc, 12)
  va = (va + vb + y) | 0
  vd = rotate(vd ^ va, 8)
  vc = (vc + vd) | 0
  vb = rotate(vb ^ vc, 7)
  v[a] = va
  v[b] = vb
  v[c] = vc
  v[d] = vd
}

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by))
}
