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

function notIpv6(text: string): PkarrError {
  return new PkarrError('invalid-record', `"${text}" is not an IPv6 address`)
}
