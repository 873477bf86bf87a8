import fc from 'fast-check'

/** Any text at all, lone surrogates included. */
export const noise: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 20,
  })
  .map((units) => String.fromCharCode(...units))

/** Runs a parser on bad input: it may succeed or throw its own error, and nothing else. */
export function survives(ownError: new (...args: never[]) => Error, parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof ownError)) throw error
  }
}

/** A valid byte string with some bits flipped, some of its end cut off, or something appended. */
export function mutated(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const flips = fc.array(fc.nat({ max: Math.max(0, 8 * valid.length - 1) }), { minLength: 1, maxLength: 3 })
  return fc.oneof(
    flips.map((bits) => {
      const bytes = new Uint8Array(valid)
      for (const bit of bits) if (bytes.length > 0) bytes[bit >> 3]! ^= 1 << (bit & 7)
      return bytes
    }),
    fc.nat({ max: valid.length }).map((length) => new Uint8Array(valid.subarray(0, length))),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((tail) => new Uint8Array([...valid, ...tail])),
  )
}

/** A valid text with a character replaced, inserted or removed. */
export function mutatedText(valid: string): fc.Arbitrary<string> {
  const char = fc.oneof(
    noise.map((text) => text.slice(0, 1)),
    fc.constantFrom('\u0000', '%', '=', '.', ':', '/', '"', '{', '\\', '\ud800'),
  )
  return fc
    .tuple(fc.nat({ max: valid.length }), char, fc.constantFrom(0, 1), fc.boolean())
    .map(([at, replacement, removed, inserts]) => {
      return valid.slice(0, at) + (inserts ? replacement : '') + valid.slice(at + removed)
    })
}
