/** Small predicates over the first bytes of a file, from which the signature table is composed. */

/** Tells whether the first bytes of a file carry one signature. */
export interface Matcher {
  (head: Uint8Array): boolean
  /** Values the first byte has whenever this matches; left out: any. */
  readonly firstBytes?: ReadonlySet<number>
}

/** A matcher that only matches when the first byte is one of these. */
export function startingWith(firstBytes: Iterable<number>, matches: (head: Uint8Array) => boolean): Matcher {
  return Object.assign(matches, { firstBytes: new Set(firstBytes) })
}

/** Bytes written as hex (`'89 50'`) or, after an apostrophe, as ASCII text (`"'RIFF"`). */
export function signature(text: string): Uint8Array {
  if (text.startsWith("'")) return Uint8Array.from(text.slice(1), (character) => character.charCodeAt(0))
  return Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16))
}

/** Whether `head` holds exactly `bytes` at `offset`. */
export function bytesAt(head: Uint8Array, bytes: Uint8Array, offset: number): boolean {
  if (head.length < offset + bytes.length) return false
  for (let i = 0; i < bytes.length; i++) if (head[offset + i] !== bytes[i]) return false
  return true
}

/** Matches one signature at `offset` in a head of at least `minimum` bytes. */
export function at(offset: number, text: string, minimum = 0): Matcher {
  const bytes = signature(text)
  const matches = (head: Uint8Array) => head.length >= minimum && bytesAt(head, bytes, offset)
  return offset === 0 ? startingWith(bytes.subarray(0, 1), matches) : matches
}

/** Matches one signature at the start of a head of at least `minimum` bytes. */
export function starts(text: string, minimum = 0): Matcher {
  return at(0, text, minimum)
}

/** Matches when any of the given matchers does. */
export function any(...matchers: readonly Matcher[]): Matcher {
  const matches = (head: Uint8Array) => matchers.some((matcher) => matcher(head))
  const first = matchers.map(({ firstBytes }) => firstBytes)
  return first.every((set) => set !== undefined)
    ? startingWith(
        first.flatMap((set) => [...set]),
        matches,
      )
    : matches
}

/** Matches when all of the given matchers do. */
export function all(...matchers: readonly Matcher[]): Matcher {
  const matches = (head: Uint8Array) => matchers.every((matcher) => matcher(head))
  const first = matchers.find(({ firstBytes }) => firstBytes !== undefined)?.firstBytes
  return first === undefined ? matches : startingWith(first, matches)
}

/** Matches when the byte at `offset` exists and is not `byte`. */
export function byteIsNot(offset: number, byte: number): Matcher {
  return (head) => head.length > offset && head[offset] !== byte
}

/** Offset of `bytes` within `head` at or after `from` and ending at or before `end`, or -1. */
export function indexOfBytes(head: Uint8Array, bytes: Uint8Array, from: number, end: number): number {
  const last = Math.min(end, head.length) - bytes.length
  const first = bytes[0] ?? 0
  for (let i = head.indexOf(first, from); i >= 0 && i <= last; i = head.indexOf(first, i + 1)) {
    if (bytesAt(head, bytes, i)) return i
  }
  return -1
}

/** Unsigned 16-bit big-endian number at `offset`; 0 beyond the end. */
export function u16be(head: Uint8Array, offset: number): number {
  return ((head[offset] ?? 0) << 8) | (head[offset + 1] ?? 0)
}

/** Unsigned 32-bit big-endian number at `offset`; missing bytes count as 0. */
export function u32be(head: Uint8Array, offset: number): number {
  return u16be(head, offset) * 0x1_0000 + u16be(head, offset + 2)
}

/** Unsigned 32-bit little-endian number at `offset`; missing bytes count as 0. */
export function u32le(head: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(offset, offset + 4)
  return a + b * 0x100 + c * 0x1_0000 + d * 0x100_0000
}
