import { ipv4ToText, ipv6ToText } from './ip.ts'
import { nameToText, readName } from './name.ts'
import { DnsReader } from './reader.ts'

/** What every record has. */
export interface RecordBase {
  /** Owner. In a packet to be built it may be relative to the signer: `_pubky`, `@` or `.` for the key itself. */
  readonly name: string
  /** Seconds, 0 … 2^32 − 1. */
  readonly ttl: number
}

/** IPv4 or IPv6 address of the owner. */
export interface AddressRecord extends RecordBase {
  readonly type: 'A' | 'AAAA'
  /** Dotted decimal, or IPv6 text. */
  readonly address: string
}

/** A record that is one name. */
export interface NameRecord extends RecordBase {
  readonly type: 'CNAME' | 'NS' | 'PTR'
  readonly target: string
}

/** Free text; see {@link txtStrings} and {@link txtText}. */
export interface TextRecord extends RecordBase {
  readonly type: 'TXT'
  /** Each at most 255 bytes. */
  readonly strings: readonly Uint8Array[]
}

/** A service endpoint, RFC 9460. */
export interface ServiceRecord extends RecordBase {
  readonly type: 'SVCB' | 'HTTPS'
  /** 0 … 65535, lower is tried first. */
  readonly priority: number
  /** Domain or public key; `.` is the owner itself. */
  readonly target: string
  /** Parameters by number in wire form; see {@link serviceParameters}. */
  readonly params: ReadonlyMap<number, Uint8Array>
}

/** A mail server. */
export interface MailRecord extends RecordBase {
  readonly type: 'MX'
  readonly preference: number
  readonly exchange: string
}

/** Host and port of a service, RFC 2782. */
export interface LocationRecord extends RecordBase {
  readonly type: 'SRV'
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** Start of authority; all numbers are unsigned 32-bit. */
export interface AuthorityRecord extends RecordBase {
  readonly type: 'SOA'
  readonly primary: string
  readonly mailbox: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** Every other type, and every record without data. */
export interface OpaqueRecord extends RecordBase {
  readonly type: 'OTHER'
  /** Numeric type, e.g. 257 for CAA. */
  readonly code: number
  /** RDATA with all its names in full. */
  readonly data: Uint8Array
}

/** A DNS resource record of class IN. */
export type DnsRecord =
  | AddressRecord
  | NameRecord
  | TextRecord
  | ServiceRecord
  | MailRecord
  | LocationRecord
  | AuthorityRecord
  | OpaqueRecord

/** Whether a record names a service endpoint, whichever of the two types it is. */
export function isService(record: DnsRecord): record is ServiceRecord {
  return record.type === 'SVCB' || record.type === 'HTTPS'
}

/** The types that have a shape of their own, by number. */
export const NAMED_TYPES = [
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
] as const

/** Name of a type that has a shape of its own. */
export type NamedType = (typeof NAMED_TYPES)[number][1]

const NAMES: ReadonlyMap<number, NamedType> = new Map(NAMED_TYPES)

/** The record of a type code and RDATA whose names stand in full; the data must have passed `copyRdata`. */
export function recordFromData(base: RecordBase, code: number, data: Uint8Array): DnsRecord {
  const type = NAMES.get(code)
  if (type === undefined || data.length === 0) return { ...base, type: 'OTHER', code, data }
  const reader = new DnsReader(data)
  const name = () => nameToText(readName(reader))
  switch (type) {
    case 'A':
      return { ...base, type, address: ipv4ToText(data) }
    case 'AAAA':
      return { ...base, type, address: ipv6ToText(data) }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...base, type, target: name() }
    case 'TXT': {
      const strings: Uint8Array[] = []
      while (reader.remaining > 0) strings.push(reader.bytes(reader.u8()))
      return { ...base, type, strings }
    }
    case 'SVCB':
    case 'HTTPS': {
      const [priority, target] = [reader.u16(), name()]
      const params = new Map<number, Uint8Array>()
      while (reader.remaining > 0) params.set(reader.u16(), reader.bytes(reader.u16()))
      return { ...base, type, priority, target, params }
    }
    case 'MX':
      return { ...base, type, preference: reader.u16(), exchange: name() }
    case 'SRV':
      return { ...base, type, priority: reader.u16(), weight: reader.u16(), port: reader.u16(), target: name() }
    case 'SOA':
      return {
        ...base,
        type,
        primary: name(),
        mailbox: name(),
        serial: reader.u32(),
        refresh: reader.u32(),
        retry: reader.u32(),
        expire: reader.u32(),
        minimum: reader.u32(),
      }
  }
}
