import { PkarrError } from '../error.ts'

/** Dotted decimal to 4 bytes. @throws {PkarrError} `invalid-record` */
export function ipv4ToBytes(text: string): Uint8Array {
  const parts = text.split('.')
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  if (!valid) throw new PkarrError('invalid-record', `"${text}" is not an IPv4 address`)
  return Uint8Array.from(parts, Number)
}

/** IPv6 text, with `::` and a dotted-decimal end allowed, to 16 bytes. @throws {PkarrError} `invalid-record` */
export function ipv6ToBytes(text: string): Uint8Array {
  const halves = text.split('::')
  const head = groups(halves[0]!, text)
  const tail = groups(halves[1] ?? '', text)
  const missing = 8 - head.length - tail.length
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) throw notIpv6(text)
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  return Uint8Array.from(all.flatMap((group) => [group >>> 8, group & 0xff]))
}

/** 4 bytes as dotted decimal. */
export function ipv4ToText(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** 16 bytes in the form of RFC 5952: lower case, the longest run of zero groups as `::`. */
export function ipv6ToText(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, index) => bytes[index * 2]! * 0x100 + bytes[index * 2 + 1]!)
  const [start, length] = longestZeroRun(words)
  const hex = words.map((word) => word.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function groups(text: string, whole: string): number[] {
  if (text === '') return []
  const parts = text.split(':')
  return parts.flatMap((part, index) => {
    if (part.includes('.') && index === parts.length - 1) {
      const [a, b, c, d] = ipv4ToBytes(part)
      return [(a! << 8) | b!, (c! << 8) | d!]
    }
    if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) throw notIpv6(whole)
    return [Number.parseInt(part, 16)]
  })
}

function longestZeroRun(words: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let start = 0; start < words.length; start += 1) {
    let end = start
    while (words[end] === 0) end += 1
    if (end - start > best[1]) best = [start, end - start]
  }
  return best
}

function notIpv6(text: string): PkarrError {
  return new PkarrError('invalid-record', `"${text}" is not an IPv6 address`)
}
