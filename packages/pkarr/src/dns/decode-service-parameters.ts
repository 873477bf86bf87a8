import { utf8Decode } from '@pubky/crypto'
import { ipv4ToText, ipv6ToText } from './ip.ts'
import {
  httpPortOf,
  listParameter,
  mandatoryParameters,
  SERVICE_PARAMETER,
  uint16Parameter,
  type WireParameters,
} from './service-parameters.ts'

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
export function decodeServiceParameters(wire: WireParameters): ServiceParameters {
  const mandatory = wire.has(SERVICE_PARAMETER.mandatory) ? (mandatoryParameters(wire) ?? []) : undefined
  const port = uint16Parameter(wire, SERVICE_PARAMETER.port)
  const httpPort = httpPortOf(wire)
  const alpn = shortStrings(wire.get(SERVICE_PARAMETER.alpn))
  const ipv4hint = listParameter(wire, SERVICE_PARAMETER.ipv4hint, 4)?.map(ipv4ToText)
  const ipv6hint = listParameter(wire, SERVICE_PARAMETER.ipv6hint, 16)?.map(ipv6ToText)
  return {
    ...(mandatory === undefined ? {} : { mandatory }),
    ...(alpn === undefined ? {} : { alpn }),
    ...(port === undefined ? {} : { port }),
    ...(ipv4hint === undefined ? {} : { ipv4hint }),
    ...(ipv6hint === undefined ? {} : { ipv6hint }),
    ...(httpPort === undefined ? {} : { httpPort }),
  }
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
