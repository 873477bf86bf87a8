import { sha512InitialState } from './sha2.ts'

const BLOCK_LENGTH = 128
/** Which word of a block each step of a round takes; the last two of twelve rounds repeat the first two. */
const SCHEDULE = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
]
/** The words that each step of a round mixes: columns, then diagonals. */
const STEPS = ['048c', '159d', '26ae', '37bf', '05af', '16bc', '278d', '349e']

/** BLAKE2b (RFC 7693) without key, 1 to 64 bytes. For short inputs: it is written for size. */
export function blake2b(message: Uint8Array, length: number): Uint8Array {
  const state = sha512InitialState()
  state[0]! ^= BigInt(0x01010000 | length)
  const blocks = Math.max(1, Math.ceil(message.length / BLOCK_LENGTH))
  const padded = new Uint8Array(blocks * BLOCK_LENGTH)
  padded.set(message)
  for (let i = 0; i < blocks; i++) {
    const isLast = i === blocks - 1
    const hashed = isLast ? message.length : (i + 1) * BLOCK_LENGTH
    compress(state, new BigUint64Array(padded.buffer, i * BLOCK_LENGTH, 16), BigInt(hashed), isLast)
  }
  return new Uint8Array(state.buffer).subarray(0, length)
}

function compress(state: BigUint64Array, block: BigUint64Array, hashed: bigint, isLast: boolean): void {
  const v = new BigUint64Array(16)
  v.set(state)
  v.set(sha512InitialState(), 8)
  v[12]! ^= hashed
  if (isLast) v[14] = ~v[14]!
  for (let round = 0; round < 12; round++) {
    const order = SCHEDULE[round % 10]!
    STEPS.forEach((step, i) => {
      const [a, b, c, d] = [digitAt(step, 0), digitAt(step, 1), digitAt(step, 2), digitAt(step, 3)]
      v[a]! += v[b]! + block[digitAt(order, 2 * i)]!
      v[d] = rotate(v[d]! ^ v[a]!, 32n)
      v[c]! += v[d]!
      v[b] = rotate(v[b]! ^ v[c]!, 24n)
      v[a]! += v[b]! + block[digitAt(order, 2 * i + 1)]!
      v[d] = rotate(v[d]! ^ v[a]!, 16n)
      v[c]! += v[d]!
      v[b] = rotate(v[b]! ^ v[c]!, 63n)
    })
  }
  for (let i = 0; i < 8; i++) state[i]! ^= v[i]! ^ v[i + 8]!
}

function digitAt(hex: string, index: number): number {
  return Number.parseInt(hex.charAt(index), 16)
}

function rotate(x: bigint, by: bigint): bigint {
  return (x >> by) | (x << (64n - by))
}
