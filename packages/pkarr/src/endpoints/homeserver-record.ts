import type { PublicKey } from '@pubky/crypto'
import { encodeServiceParameters } from '../dns/encode-service-parameters.ts'
import type { DnsRecord, ServiceRecord } from '../dns/record.ts'
import { HOMESERVER_NAME } from './homeserver-of.ts'

/** Seconds; of every record that Pubky itself publishes (spec 04 §5.1). */
export const PUBKY_RECORD_TTL = 3600

/** How a homeserver is reached from outside. */
export interface HomeserverAddress {
  /** Public IPv4 and IPv6 addresses, as text. With none, only the domain is published. */
  readonly addresses: readonly string[]
  /** Public port of PubkyTLS. */
  readonly tlsPort: number
  /** Domain of the ordinary HTTPS (or on a testnet HTTP) door. */
  readonly domain?: string | undefined
  /** Public port of plain HTTP, published only where browsers need it: for local domains. */
  readonly httpPort?: number | undefined
  /** A domain other than `localhost` that clients reach by plain HTTP, on a testnet. */
  readonly plainHttpDomain?: string | undefined
}

/**
 * The records a homeserver publishes under its own key (spec 03 §10.1, 04 §5.1): the direct door first, then the
 * domain, then the addresses.
 *
 * Known addresses of both families are all published. Without any there is no direct door to name: a server behind
 * a tunnel publishes its domain only.
 */
export function homeserverRecords(init: HomeserverAddress): DnsRecord[] {
  const base = { name: '@', ttl: PUBKY_RECORD_TTL }
  const ipv4 = init.addresses.filter((address) => !address.includes(':'))
  const ipv6 = init.addresses.filter((address) => address.includes(':'))
  const records: DnsRecord[] = []
  if (init.addresses.length > 0) {
    const params = encodeServiceParameters({
      port: init.tlsPort,
      ...(ipv4.length > 0 ? { ipv4hint: ipv4 } : {}),
      ...(ipv6.length > 0 ? { ipv6hint: ipv6 } : {}),
    })
    records.push({ ...base, type: 'HTTPS', priority: 1, target: '.', params })
  }
  if (init.domain !== undefined) {
    const params = encodeServiceParameters(isPlainHttp(init) ? { httpPort: init.httpPort } : {})
    records.push({ ...base, type: 'HTTPS', priority: 10, target: init.domain, params })
  }
  for (const address of ipv4) records.push({ ...base, type: 'A', address })
  for (const address of ipv6) records.push({ ...base, type: 'AAAA', address })
  return records
}

/** The record by which a user names a homeserver. */
export function homeserverRecord(homeserver: PublicKey): ServiceRecord {
  const base = { name: HOMESERVER_NAME, ttl: PUBKY_RECORD_TTL }
  return { ...base, type: 'HTTPS', priority: 0, target: homeserver.z32(), params: new Map() }
}

/** The records of a packet with another homeserver in them: those at `_pubky` are replaced, all others kept. */
export function withHomeserver(
  records: readonly DnsRecord[],
  user: PublicKey,
  homeserver: PublicKey,
): readonly DnsRecord[] {
  const owner = `${HOMESERVER_NAME}.${user.z32()}`
  return [...records.filter((record) => record.name.toLowerCase() !== owner), homeserverRecord(homeserver)]
}

function isPlainHttp(init: HomeserverAddress): init is HomeserverAddress & { readonly httpPort: number } {
  const domain = init.domain?.toLowerCase()
  const isLocal = domain === 'localhost' || domain?.endsWith('.localhost') === true || domain === init.plainHttpDomain
  return isLocal && init.httpPort !== undefined
}
