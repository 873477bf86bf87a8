const BLOCK_LENGTH = 16
/** Six limbs of 22 bits: sums of their products stay exact in a double. */
const LIMB = 2 ** 22
const MASK = LIMB - 1
/** 2^132, one limb above the last, in the field of 2^130 − 5. */
const FOLD = 20

/** Poly1305 (RFC 8439 §2.5): the 16-byte tag of a message under a 32-byte key that is used only once. */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const clamped = new Uint8Array(key.subarray(0, BLOCK_LENGTH))
  for (const i of [3, 7, 11, 15]) clamped[i]! &= 15
  for (const i of [4, 8, 12]) clamped[i]! &= 252
  const r = new Float64Array(6)
  addLimbs(r, viewOf(clamped), 0)
  // factors[6 + i − j] is what limb j contributes to limb i with.
  const factors = new Float64Array(12)
  factors.set(r.map((limb) => limb * FOLD))
  factors.set(r, 6)
  const sum = new Float64Array(6)
  const product = new Float64Array(6)
  const whole = message.length - (message.length % BLOCK_LENGTH)
  const view = viewOf(message)
  for (let offset = 0; offset < whole; offset += BLOCK_LENGTH) {
    addLimbs(sum, view, offset)
    sum[5]! += 2 ** 18
    multiply(sum, factors, product)
  }
  if (whole < message.length) {
    const block = new Uint8Array(BLOCK_LENGTH)
    block.set(message.subarray(whole))
    block[message.length - whole] = 1
    addLimbs(sum, viewOf(block), 0)
    multiply(sum, factors, product)
  }
  let tag = 0n
  for (let i = 5; i >= 0; i--) tag = tag * BigInt(LIMB) + BigInt(sum[i]!)
  tag = (tag % (2n ** 130n - 5n)) + littleEndian(key.subarray(BLOCK_LENGTH))
  return Uint8Array.from({ length: BLOCK_LENGTH }, (_, i) => Number((tag >> BigInt(8 * i)) & 255n))
}

/** sum = sum · r, every limb small again. */
function multiply(sum: Float64Array, factors: Float64Array, product: Float64Array): void {
  for (let i = 0; i < 6; i++) {
    let limb = 0
    for (let j = 0; j < 6; j++) limb += sum[j]! * factors[6 + i - j]!
    product[i] = limb
  }
  let over = 0
  for (let i = 0; i < 6; i++) {
    const limb = product[i]! + over
    over = Math.floor(limb / LIMB)
    sum[i] = limb - over * LIMB
  }
  const first = sum[0]! + over * FOLD
  over = Math.floor(first / LIMB)
  sum[0] = first - over * LIMB
  sum[1]! += over
}

function addLimbs(sum: Float64Array, view: DataView, offset: number): void {
  const a = view.getUint32(offset, true)
  const b = view.getUint32(offset + 4, true)
  const c = view.getUint32(offset + 8, true)
  const d = view.getUint32(offset + 12, true)
  sum[0]! += a & MASK
  sum[1]! += ((a >>> 22) | (b << 10)) & MASK
  sum[2]! += ((b >>> 12) | (c << 20)) & MASK
  sum[3]! += (c >>> 2) & MASK
  sum[4]! += ((c >>> 24) | (d << 8)) & MASK
  sum[5]! += d >>> 14
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n)
}
