/** Small predicates over the first bytes of a file, from which the signature table is composed. */

/** Tells whether the first bytes of a file carry one signature. */
export type Matcher = (head: Uint8Array) => boolean

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
  return (head) => head.length >= minimum && bytesAt(head, bytes, offset)
}

/** Matches one signature at the start of a head of at least `minimum` bytes. */
export function starts(text: string, minimum = 0): Matcher {
  return at(0, text, minimum)
}

/** Matches when any of the given matchers does. */
export function any(...matchers: readonly Matcher[]): Matcher {
  return (head) => matchers.some((matches) => matches(head))
}

/** Matches when all of the given matchers do. */
export function all(...matchers: readonly Matcher[]): Matcher {
  return (head) => matchers.every((matches) => matches(head))
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
