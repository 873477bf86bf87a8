import { CryptoError, type PublicKey, parseKeyAddress } from '@pubky/crypto'
import { isService, type ServiceRecord } from '../dns/record.ts'
import { decodeServiceParameters, SERVICE_PARAMETER } from '../dns/service-parameters.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'

/** A place where a service answers (spec 04 §5.2). */
export interface Endpoint {
  /** Domain, or `.` for the key of the packet itself. */
  readonly target: string
  /** The domain to connect to by ordinary DNS and TLS; `undefined` when the server is reached by its key. */
  readonly domain: string | undefined
  /** Key of the packet that named this endpoint: the key which a server at `addresses` must prove to have. */
  readonly publicKey: PublicKey
  /** From the record, never 0. */
  readonly port: number | undefined
  /** IP addresses of the packet's key, in random order; empty unless `target` is `.`. */
  readonly addresses: readonly string[]
  /** Plain-HTTP port of a testnet server. */
  readonly httpPort: number | undefined
  /** All parameters in wire form. */
  readonly params: ReadonlyMap<number, Uint8Array>
}

/** A number in [0, 1). */
export type Random = () => number

const UNDERSTOOD: readonly number[] = Object.values(SERVICE_PARAMETER)

/**
 * The endpoints a packet has at a name, the one to try first at the front: lower priority first, equal ones in random
 * order. Records that demand a parameter we do not understand are left out.
 *
 * @param name owner name, as for `SignedPacket.records`
 */
export function endpointsOf(
  packet: SignedPacket,
  name: string,
  type: ServiceRecord['type'],
  random: Random,
): readonly Endpoint[] {
  const records = packet
    .records(name)
    .filter(isService)
    .filter((record) => record.type === type)
  const ranked = shuffle(records, random).sort((a, b) => a.priority - b.priority)
  const addresses = shuffle(apexAddresses(packet), random)
  return ranked.flatMap((record) => endpointOf(record, packet.publicKey, addresses))
}

/** The public key a target names, if it names one. */
export function keyOfTarget(target: string): PublicKey | undefined {
  try {
    return target === '.' ? undefined : parseKeyAddress(target)
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}

function endpointOf(record: ServiceRecord, publicKey: PublicKey, addresses: readonly string[]): Endpoint[] {
  const { target, params } = record
  const { mandatory, port, httpPort, ipv4hint, ipv6hint } = decodeServiceParameters(params)
  if (mandatory?.some((key) => !UNDERSTOOD.includes(key) || !params.has(key))) return []
  const hints = [...(ipv4hint ?? []), ...(ipv6hint ?? [])]
  return [
    {
      target,
      domain: target === '.' || keyOfTarget(target) !== undefined ? undefined : target,
      publicKey,
      port: port === 0 ? undefined : port,
      addresses: target !== '.' ? [] : addresses.length > 0 ? addresses : hints,
      httpPort,
      params,
    },
  ]
}

function apexAddresses(packet: SignedPacket): string[] {
  const addresses = packet
    .records('@')
    .flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.address] : []))
  return [...new Set(addresses)]
}

/** A uniformly shuffled copy. */
function shuffle<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const held = copy[last]!
    copy[last] = copy[other]!
    copy[other] = held
  }
  return copy
}
