/** A small seeded generator, so that a failing mutation can be made again. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** One to four changes: bits, bytes, lengths, cuts, copies. */
export function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  let result = Buffer.from(bytes)
  for (let changes = 1 + random(4); changes > 0; changes--) result = change(result, random)
  return result
}

function change(bytes: Buffer<ArrayBuffer>, random: (below: number) => number): Buffer<ArrayBuffer> {
  if (bytes.length === 0) return Buffer.of(random(256))
  const at = random(bytes.length)
  const length = random(Math.min(40, bytes.length - at)) + 1
  switch (random(8)) {
    case 0:
      bytes[at]! ^= 1 << random(8)
      return bytes
    case 1:
      bytes[at] = random(256)
      return bytes
    case 2:
      bytes[at] = INTERESTING[random(INTERESTING.length)]!
      return bytes
    case 3:
      return bytes.subarray(0, at)
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
    case 6:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, random(256)), bytes.subarray(at)])
    default:
      if (at + 2 <= bytes.length) bytes.writeUInt16BE((bytes.readUInt16BE(at) + random(7) - 3) & 0xffff, at)
      return bytes
  }
}

const INTERESTING = [0, 1, 2, 3, 4, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1d, 0x20, 0x2a, 0x2b, 0x33, 0x7f, 0x80, 0xfe, 0xff]
