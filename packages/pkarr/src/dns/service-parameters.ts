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

/** Parameters of a record by number, in wire form. */
export type WireParameters = ReadonlyMap<number, Uint8Array>

/** The number a parameter starts with; undefined without one. */
export function uint16Parameter(params: WireParameters, key: number): number | undefined {
  const value = params.get(key)
  return value === undefined || value.length < 2 ? undefined : uint16(value)
}

/** Plain-HTTP port of a testnet homeserver, which is exactly two bytes. */
export function httpPortOf(params: WireParameters): number | undefined {
  const { httpPort } = SERVICE_PARAMETER
  return params.get(httpPort)?.length === 2 ? uint16Parameter(params, httpPort) : undefined
}

/** Numbers of parameters a client must understand to use the record. */
export function mandatoryParameters(params: WireParameters): number[] | undefined {
  return listParameter(params, SERVICE_PARAMETER.mandatory, 2)?.map(uint16)
}

/** A parameter that is a list of values of `size` bytes; undefined without one, or when its length does not fit. */
export function listParameter(params: WireParameters, key: number, size: number): Uint8Array[] | undefined {
  const value = params.get(key)
  if (value === undefined || value.length % size !== 0) return undefined
  return Array.from({ length: value.length / size }, (_, index) => value.subarray(index * size, (index + 1) * size))
}

function uint16(bytes: Uint8Array): number {
  return bytes[0]! * 256 + bytes[1]!
}
