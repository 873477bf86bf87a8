import { concatBytes, utf8Encode } from '@pubky/crypto'
import { PkarrError } from '../error.ts'
import type { ServiceParameters } from './decode-service-parameters.ts'
import { ipv4ToBytes, ipv6ToBytes } from './ip-to-bytes.ts'
import { SERVICE_PARAMETER } from './service-parameters.ts'

/** Parameters in the wire form that records hold. @throws {PkarrError} `invalid-record` */
export function encodeServiceParameters(parameters: ServiceParameters): Map<number, Uint8Array> {
  const { mandatory, alpn, port, ipv4hint, ipv6hint, httpPort } = parameters
  const wire = new Map<number, Uint8Array>()
  if (mandatory !== undefined) wire.set(0, concatBytes(...[...mandatory].sort((a, b) => a - b).map(uint16)))
  if (alpn !== undefined) wire.set(1, concatBytes(...alpn.map(shortString)))
  if (port !== undefined) wire.set(3, uint16(port))
  if (ipv4hint !== undefined) wire.set(4, concatBytes(...ipv4hint.map(ipv4ToBytes)))
  if (ipv6hint !== undefined) wire.set(6, concatBytes(...ipv6hint.map(ipv6ToBytes)))
  if (httpPort !== undefined) wire.set(SERVICE_PARAMETER.httpPort, uint16(httpPort))
  return wire
}

function uint16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new PkarrError('invalid-record', `service parameter: ${value} is not in 0 … 65535`)
  }
  return Uint8Array.of(value >>> 8, value & 0xff)
}

function shortString(text: string): Uint8Array {
  const bytes = utf8Encode(text)
  if (bytes.length === 0 || bytes.length > 255) {
    throw new PkarrError('invalid-record', `service parameter alpn: "${text}" is not 1 … 255 bytes long`)
  }
  return concatBytes(Uint8Array.of(bytes.length), bytes)
}
