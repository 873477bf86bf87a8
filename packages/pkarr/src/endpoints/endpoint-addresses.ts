import { decodeServiceParameters } from '../dns/decode-service-parameters.ts'
import { type Endpoint, type Random, shuffle } from './endpoint.ts'

/**
 * IP addresses at which the server of an endpoint with the target `.` is reached: those of the packet's key in random
 * order, or without any the hints of the endpoint. None for other targets.
 */
export function endpointAddresses(endpoint: Endpoint, random: Random = Math.random): readonly string[] {
  if (endpoint.target !== '.') return []
  const addresses = endpoint.packet
    .records('@')
    .flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.address] : []))
  if (addresses.length > 0) return shuffle([...new Set(addresses)], random)
  const { ipv4hint = [], ipv6hint = [] } = decodeServiceParameters(endpoint.params)
  return [...ipv4hint, ...ipv6hint]
}
