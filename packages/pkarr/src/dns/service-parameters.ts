import { utf8Decode } from '@pubky/crypto'
import { ipv4ToText, ipv6ToText } from './ip.ts'

/** Parameter numbers of RFC 9460 §14.3.2 and ours. */
export const SERVICE_PARAMETER = {
  mandatory: 0,
  alpn: 1,
  noDefaultAlpn: 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  /** Private use: plain-HTTP port of a testnet homeserver, u16 (spec 04 §5.1). */
  httpPort: 0xff00,
} as const

/** The parameters that have a plain form. */
export interface ServiceParameters {
  /** Numbers of parameters a client must understand to use the record. */
  readonly mandatory?: readonly number[]
  readonly alpn?: readonly string[]
  readonly port?: number
  readonly ipv4hint?: readonly string[]
  readonly ipv6hint?: readonly string[]
  readonly httpPort?: number
}

/** The parameters of a record that have a plain form; others, and malformed ones, are left out. */
export function decodeServiceParameters(wire: ReadonlyMap<number, Uint8Array>): ServiceParameters {
  const numbers = wire.get(SERVICE_PARAMETER.mandatory)
  const port = firstUint16(wire.get(SERVICE_PARAMETER.port))
  const httpPort = exactUint16(wire.get(SERVICE_PARAMETER.httpPort))
  const alpn = shortStrings(wire.get(SERVICE_PARAMETER.alpn))
  const ipv4hint = chunks(wire.get(SERVICE_PARAMETER.ipv4hint), 4)?.map(ipv4ToText)
  const ipv6hint = chunks(wire.get(SERVICE_PARAMETER.ipv6hint), 16)?.map(ipv6ToText)
  return {
    ...(numbers === undefined
      ? {}
      : { mandatory: (chunks(numbers, 2) ?? []).map((pair) => pair[0]! * 256 + pair[1]!) }),
    ...(alpn === undefined ? {} : { alpn }),
    ...(port === undefined ? {} : { port }),
    ...(ipv4hint === undefined ? {} : { ipv4hint }),
    ...(ipv6hint === undefined ? {} : { ipv6hint }),
    ...(httpPort === undefined ? {} : { httpPort }),
  }
}

function firstUint16(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length < 2 ? undefined : value[0]! * 256 + value[1]!
}

function exactUint16(value: Uint8Array | undefined): number | undefined {
  return value?.length === 2 ? firstUint16(value) : undefined
}

function shortStrings(value: Uint8Array | undefined): string[] | undefined {
  if (value === undefined) return undefined
  const strings: string[] = []
  for (let at = 0; at < value.length; at += 1 + value[at]!) {
    try {
      strings.push(utf8Decode(value.subarray(at + 1, at + 1 + value[at]!)))
    } catch {
      // A protocol id that is no text is one we do not speak.
    }
  }
  return strings
}

function chunks(value: Uint8Array | undefined, size: number): Uint8Array[] | undefined {
  if (value === undefined || value.length % size !== 0) return undefined
  return Array.from({ length: value.length / size }, (_, index) => value.subarray(index * size, (index + 1) * size))
}
