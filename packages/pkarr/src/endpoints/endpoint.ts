import { CryptoError, type PublicKey, parseKeyAddress } from '@pubky/crypto'
import { isService, type ServiceRecord } from '../dns/record.ts'
import {
  httpPortOf,
  mandatoryParameters,
  SERVICE_PARAMETER,
  uint16Parameter,
  type WireParameters,
} from '../dns/service-parameters.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'

/** A place where a service answers (spec 04 §5.2). */
export interface Endpoint {
  /** Domain, or `.` for the key of the packet itself. */
  readonly target: string
  /** The domain to connect to by ordinary DNS and TLS; `undefined` when the server is reached by its key. */
  readonly domain: string | undefined
  /** The packet that named this endpoint. */
  readonly packet: SignedPacket
  /** Key of the packet: the key which a server at its addresses must prove to have. */
  readonly publicKey: PublicKey
  /** From the record, never 0. */
  readonly port: number | undefined
  /** Plain-HTTP port of a testnet server. */
  readonly httpPort: number | undefined
  /** All parameters in wire form. */
  readonly params: WireParameters
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
  return ranked.flatMap((record) => endpointOf(record, packet))
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

function endpointOf({ target, params }: ServiceRecord, packet: SignedPacket): Endpoint[] {
  if (mandatoryParameters(params)?.some((key) => !UNDERSTOOD.includes(key) || !params.has(key))) return []
  return [
    {
      target,
      domain: target === '.' || keyOfTarget(target) !== undefined ? undefined : target,
      packet,
      publicKey: packet.publicKey,
      port: uint16Parameter(params, SERVICE_PARAMETER.port) || undefined,
      httpPort: httpPortOf(params),
      params,
    },
  ]
}

/** A uniformly shuffled copy. */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const held = copy[last]!
    copy[last] = copy[other]!
    copy[other] = held
  }
  return copy
}
