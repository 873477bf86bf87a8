import { PkarrError } from '../error.ts'
import { ipv4ToBytes, ipv6ToBytes } from './ip-to-bytes.ts'
import { nameToWire } from './name-to-wire.ts'
import { type DnsRecord, NAMED_TYPES, type NamedType } from './record.ts'
import { DnsWriter } from './writer.ts'

const CODES: ReadonlyMap<NamedType, number> = new Map(NAMED_TYPES.map(([code, name]) => [name, code]))

/** Numeric type of a record. */
export function typeCode(record: DnsRecord): number {
  return record.type === 'OTHER' ? record.code : CODES.get(record.type)!
}

/**
 * RDATA of a record with all names in full.
 * @throws {PkarrError} `invalid-record` or `invalid-name`
 */
export function recordData(record: DnsRecord): Uint8Array {
  const writer = new DnsWriter()
  const name = (text: string) => writer.name(nameToWire(text), false)
  const u16 = (value: number) => writer.u16(checkUint(value, 0xffff, record))
  const u32 = (value: number) => writer.u32(checkUint(value, 0xffff_ffff, record))
  switch (record.type) {
    case 'A':
      return ipv4ToBytes(record.address)
    case 'AAAA':
      return ipv6ToBytes(record.address)
    case 'CNAME':
    case 'NS':
    case 'PTR':
      name(record.target)
      break
    case 'TXT':
      // A text of no strings cannot be told from an empty record; it is written as one empty string.
      for (const string of record.strings.length === 0 ? [new Uint8Array()] : record.strings) {
        writer.u8(checkUint(string.length, 255, record))
        writer.bytes(string)
      }
      break
    case 'SVCB':
    case 'HTTPS':
      u16(record.priority)
      name(record.target)
      for (const [key, value] of [...record.params].sort(([a], [b]) => a - b)) {
        u16(key)
        u16(value.length)
        writer.bytes(value)
      }
      break
    case 'MX':
      u16(record.preference)
      name(record.exchange)
      break
    case 'SRV':
      u16(record.priority)
      u16(record.weight)
      u16(record.port)
      name(record.target)
      break
    case 'SOA':
      name(record.primary)
      name(record.mailbox)
      for (const value of [record.serial, record.refresh, record.retry, record.expire, record.minimum]) u32(value)
      break
    case 'OTHER':
      writer.bytes(record.data)
  }
  return writer.finish()
}

/** The number itself if it is an integer in 0 … `max`. @throws {PkarrError} `invalid-record` */
export function checkUint(value: number, max: number, record: DnsRecord): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new PkarrError('invalid-record', `${record.type} record "${record.name}": ${value} is not in 0 … ${max}`)
}
