/**
 * The shape of each record type's data (RDATA): where its names are, what must be checked. One description serves
 * both directions, because reading is "copy with names in full" and writing is "copy with names compressed".
 * Same types and verdicts as the official decoder (spec 04 §1.6, §1.7); a type not listed here is opaque.
 */
import { readName } from './name.ts'
import { type DnsReader, incomplete, malformed } from './reader.ts'

/** Where data is copied to. */
export interface RdataSink {
  bytes(value: Uint8Array): void
  /** A name given in full: labels and the final zero byte. */
  name(wire: Uint8Array, compressible: boolean): void
}

/** A number is that many bytes; a function reads what must be there, and what it has read is copied as it stands. */
type Part = number | 'name' | 'plain name' | ((from: DnsReader) => void)

/** Type code of the OPT pseudo record, whose class field means something else. */
export const OPT_TYPE = 41
const IPSECKEY_TYPE = 45

const rest: Part = (from) => from.bytes(from.remaining)
const string: Part = (from) => from.bytes(from.u8())

const SHAPES: ReadonlyMap<number, readonly Part[]> = new Map<number, readonly Part[]>([
  [1, [4]], // A
  [2, ['name']], // NS
  [3, ['name']], // MD
  [4, ['name']], // MF
  [5, ['name']], // CNAME
  [6, ['name', 'name', 20]], // SOA
  [7, ['name']], // MB
  [8, ['name']], // MG
  [9, ['name']], // MR
  [10, [rest]], // NULL
  [11, [5, rest]], // WKS
  [12, ['name']], // PTR
  [13, [string, string]], // HINFO
  [14, ['name', 'name']], // MINFO
  [15, [2, 'name']], // MX
  [16, [strings]], // TXT
  [17, ['name', 'name']], // RP
  [18, [2, 'name']], // AFSDB
  [20, [string, string]], // ISDN
  [21, [2, 'name']], // RT
  [22, [20]], // NSAP
  [23, ['name']], // NSAP-PTR
  [28, [16]], // AAAA
  [29, [locVersion, 15]], // LOC
  [33, [6, 'plain name']], // SRV
  [35, [4, string, string, string, 'plain name']], // NAPTR
  [36, [2, 'plain name']], // KX
  [37, [5, rest]], // CERT
  [OPT_TYPE, [options]],
  [43, [4, rest]], // DS
  [IPSECKEY_TYPE, [rest]], // see shapeOf
  [46, [18, 'plain name', rest]], // RRSIG
  [47, ['plain name', typeBitMaps]], // NSEC
  [48, [4, rest]], // DNSKEY
  [49, [3, rest]], // DHCID
  [63, [6, rest]], // ZONEMD
  [64, [2, 'plain name', serviceParameters]], // SVCB
  [65, [2, 'plain name', serviceParameters]], // HTTPS
  [108, [6]], // EUI48
  [109, [8]], // EUI64
  [257, [1, string, rest]], // CAA
])

/**
 * Copies the data of one record of type `code`. Data of a known type must be complete; bytes behind it are dropped.
 * @throws {PkarrError} `invalid-dns`
 */
export function copyRdata(code: number, from: DnsReader, to: RdataSink): void {
  // An empty record is legal for every type and stays empty.
  if (from.remaining === 0) return
  for (const part of shapeOf(code, from)) {
    if (typeof part === 'string') {
      to.name(readName(from), part === 'name')
      continue
    }
    const start = from.position
    if (typeof part === 'number') from.bytes(part)
    else part(from)
    to.bytes(from.message.subarray(start, from.position))
  }
}

/** Whether a question may ask for this type: one of the known ones or a query-only code. */
export function isQuestionType(code: number): boolean {
  return SHAPES.has(code) || (code >= 251 && code <= 255)
}

function shapeOf(code: number, from: DnsReader): readonly Part[] {
  if (code === IPSECKEY_TYPE) return [3, ipsecGateway(from.at(from.position)), rest]
  return SHAPES.get(code) ?? [rest]
}

/** The gateway, whose kind is the second of the three bytes before it. */
function ipsecGateway(probe: DnsReader): Part {
  const kind = probe.bytes(3)[1]!
  if (kind > 3) throw malformed('Attempted to perform an invalid operation')
  return ([0, 4, 16, 'plain name'] as const)[kind]!
}

function locVersion(from: DnsReader): void {
  if (from.u8() !== 0) throw malformed()
}

function strings(from: DnsReader): void {
  while (from.remaining > 0) from.bytes(from.u8())
}

function options(from: DnsReader): void {
  while (from.remaining > 0) {
    from.u16()
    from.bytes(from.u16())
  }
}

function typeBitMaps(from: DnsReader): void {
  for (let previous = -1; from.remaining > 0; ) {
    const block = from.u8()
    if (block <= previous) throw malformed()
    const length = from.u8()
    if (length > 32) throw malformed()
    from.bytes(length)
    previous = block
  }
}

/** RFC 9460 §2.2: keys in strictly ascending order, values of known keys in their own format. */
function serviceParameters(from: DnsReader): void {
  for (let previous = -1; from.remaining > 0; ) {
    const key = from.u16()
    checkServiceParameter(key, from.limited(from.u16()))
    if (key <= previous) throw malformed()
    previous = key
  }
}

function checkServiceParameter(key: number, value: DnsReader): void {
  switch (key) {
    case 0: // mandatory
      requireMultiple(value, 2)
      break
    case 1: // alpn
      strings(value)
      break
    case 3: // port
      value.u16()
      break
    case 4: // ipv4hint
      requireMultiple(value, 4)
      break
    case 5: // ech
      if (value.u16() !== value.remaining) throw malformed()
      break
    case 6: // ipv6hint
      requireMultiple(value, 16)
      break
    default:
  }
}

function requireMultiple({ remaining }: DnsReader, size: number): void {
  if (remaining % size !== 0) throw incomplete()
}
