/**
 * SHA-2 (FIPS 180-4) for pages, where code has to be small: its tables are computed at first use from their definition,
 * fractional bits of roots of primes, of which SHA-256 takes the upper half.
 */

interface Tables {
  /** Square roots of the first 8 primes. */
  readonly initial64: BigUint64Array
  readonly initial32: Uint32Array
  /** Cube roots of the first 80 primes. */
  readonly constants64: BigUint64Array
  readonly constants32: Uint32Array
}

let computed: Tables | undefined

/** SHA-256, 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const { initial32, constants32: k } = tables()
  const state = initial32.slice()
  const w = new Uint32Array(64)
  const padded = pad(message, 64)
  for (let offset = 0; offset < padded.byteLength; offset += 64) {
    for (let i = 0; i < 16; i++) w[i] = padded.getUint32(offset + 4 * i)
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!
      const y = w[i - 2]!
      w[i] =
        w[i - 16]! +
        w[i - 7]! +
        ((rotate32(x, 7) ^ rotate32(x, 18) ^ (x >>> 3)) >>> 0) +
        ((rotate32(y, 17) ^ rotate32(y, 19) ^ (y >>> 10)) >>> 0)
    }
    const v = state.slice()
    for (let i = 0; i < 64; i++) {
      const [a, b, c, e, f, g] = [v[0]!, v[1]!, v[2]!, v[4]!, v[5]!, v[6]!]
      const s0 = rotate32(a, 2) ^ rotate32(a, 13) ^ rotate32(a, 22)
      const s1 = rotate32(e, 6) ^ rotate32(e, 11) ^ rotate32(e, 25)
      const t = (v[7]! + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0
      v.copyWithin(1, 0)
      v[4]! += t
      v[0] = t + s0 + ((a & b) ^ (a & c) ^ (b & c))
    }
    for (let i = 0; i < 8; i++) state[i]! += v[i]!
  }
  const digest = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 8; i++) digest.setUint32(4 * i, state[i]!)
  return new Uint8Array(digest.buffer)
}

/** SHA-512, 64 bytes. */
export function sha512(message: Uint8Array): Uint8Array {
  const { initial64, constants64: k } = tables()
  const state = initial64.slice()
  const w = new BigUint64Array(80)
  const padded = pad(message, 128)
  for (let offset = 0; offset < padded.byteLength; offset += 128) {
    for (let i = 0; i < 16; i++) w[i] = padded.getBigUint64(offset + 8 * i)
    // Sums and rotations may grow beyond 64 bits: only the low ones count, and the arrays keep no others.
    for (let i = 16; i < 80; i++) {
      const x = w[i - 15]!
      const y = w[i - 2]!
      w[i] =
        w[i - 16]! +
        w[i - 7]! +
        (rotate64(x, 1n) ^ rotate64(x, 8n) ^ (x >> 7n)) +
        (rotate64(y, 19n) ^ rotate64(y, 61n) ^ (y >> 6n))
    }
    const v = state.slice()
    for (let i = 0; i < 80; i++) {
      const [a, b, c, e, f, g] = [v[0]!, v[1]!, v[2]!, v[4]!, v[5]!, v[6]!]
      const s0 = rotate64(a, 28n) ^ rotate64(a, 34n) ^ rotate64(a, 39n)
      const s1 = rotate64(e, 14n) ^ rotate64(e, 18n) ^ rotate64(e, 41n)
      const t = v[7]! + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!
      v.copyWithin(1, 0)
      v[4]! += t
      v[0] = t + s0 + ((a & b) ^ (a & c) ^ (b & c))
    }
    for (let i = 0; i < 8; i++) state[i]! += v[i]!
  }
  const digest = new DataView(new ArrayBuffer(64))
  for (let i = 0; i < 8; i++) digest.setBigUint64(8 * i, state[i]!)
  return new Uint8Array(digest.buffer)
}

/** The state that SHA-512 starts with, and BLAKE2b too. */
export function sha512InitialState(): BigUint64Array {
  return tables().initial64.slice()
}

/** The message, one set bit, zeros, and its length in bits at the end of the last block. */
function pad(message: Uint8Array, blockLength: number): DataView {
  const lengthBytes = blockLength / 8
  const blocks = Math.ceil((message.length + 1 + lengthBytes) / blockLength)
  const padded = new Uint8Array(blocks * blockLength)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n)
  return view
}

function rotate32(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by))
}

function rotate64(x: bigint, by: bigint): bigint {
  return (x >> by) | (x << (64n - by))
}

function tables(): Tables {
  if (!computed) {
    const primes: bigint[] = []
    for (let n = 2n; primes.length < 80; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n)
    const initial64 = BigUint64Array.from(primes.slice(0, 8), (prime) => fractionOfRoot(prime, 2n))
    const constants64 = BigUint64Array.from(primes, (prime) => fractionOfRoot(prime, 3n))
    computed = { initial64, initial32: upperHalves(initial64), constants64, constants32: upperHalves(constants64) }
  }
  return computed
}

function upperHalves(numbers: BigUint64Array): Uint32Array {
  return Uint32Array.from(Array.from(numbers, (number) => Number(number >> 32n)))
}

/** The first 64 bits behind the point of a root, by Newton's method from above. */
function fractionOfRoot(prime: bigint, degree: bigint): bigint {
  const scaled = prime << (64n * degree)
  let root = prime << 64n
  for (;;) {
    const next = ((degree - 1n) * root + scaled / root ** (degree - 1n)) / degree
    if (next >= root) return BigInt.asUintN(64, root)
    root = next
  }
}
