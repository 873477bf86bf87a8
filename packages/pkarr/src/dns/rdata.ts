/**
 * The shape of each record type's data (RDATA): where its names are, what must be checked. One description serves
 * both directions, because reading is "copy with names in full" and writing is "copy with names compressed".
 * Same types and verdicts as the official decoder (spec 04 §1.6, §1.7); a type not listed here is opaque.
 */
import { readName } from './name.ts'
import { type DnsReader, incomplete, malformed } from './reader.ts'
import type { DnsWriter } from './writer.ts'

/** A number is that many bytes; the other parts are named below. */
type Part = number | ((from: DnsReader, to: DnsWriter) => void)

/** Type code of the OPT pseudo record, whose class field means something else. */
export const OPT_TYPE = 41

const compressedName: Part = (from, to) => to.name(readName(from), true)
const plainName: Part = (from, to) => to.name(readName(from), false)
const rest: Part = (from, to) => to.bytes(from.bytes(from.remaining))
const characterString: Part = (from, to) => {
  const length = from.u8()
  to.u8(length)
  to.bytes(from.bytes(length))
}
const characterStrings: Part = (from, to) => {
  while (from.remaining > 0) copyPart(characterString, from, to)
}

const SHAPES: ReadonlyMap<number, readonly Part[]> = new Map<number, readonly Part[]>([
  [1, [4]], // A
  [2, [compressedName]], // NS
  [3, [compressedName]], // MD
  [4, [compressedName]], // MF
  [5, [compressedName]], // CNAME
  [6, [compressedName, compressedName, 20]], // SOA
  [7, [compressedName]], // MB
  [8, [compressedName]], // MG
  [9, [compressedName]], // MR
  [10, [rest]], // NULL
  [11, [5, rest]], // WKS
  [12, [compressedName]], // PTR
  [13, [characterString, characterString]], // HINFO
  [14, [compressedName, compressedName]], // MINFO
  [15, [2, compressedName]], // MX
  [16, [characterStrings]], // TXT
  [17, [compressedName, compressedName]], // RP
  [18, [2, compressedName]], // AFSDB
  [20, [characterString, characterString]], // ISDN
  [21, [2, compressedName]], // RT
  [22, [20]], // NSAP
  [23, [compressedName]], // NSAP-PTR
  [28, [16]], // AAAA
  [29, [locVersion, 15]], // LOC
  [33, [6, plainName]], // SRV
  [35, [4, characterString, characterString, characterString, plainName]], // NAPTR
  [36, [2, plainName]], // KX
  [37, [5, rest]], // CERT
  [OPT_TYPE, [options]],
  [43, [4, rest]], // DS
  [45, [ipsecGateway, rest]], // IPSECKEY
  [46, [18, plainName, rest]], // RRSIG
  [47, [plainName, typeBitMaps]], // NSEC
  [48, [4, rest]], // DNSKEY
  [49, [3, rest]], // DHCID
  [63, [6, rest]], // ZONEMD
  [64, [2, plainName, serviceParameters]], // SVCB
  [65, [2, plainName, serviceParameters]], // HTTPS
  [108, [6]], // EUI48
  [109, [8]], // EUI64
  [257, [1, characterString, rest]], // CAA
])

/**
 * Copies the data of one record of type `code`. Data of a known type must be complete; bytes behind it are dropped.
 * @throws {PkarrError} `invalid-dns`
 */
export function copyRdata(code: number, from: DnsReader, to: DnsWriter): void {
  // An empty record is legal for every type and stays empty.
  if (from.remaining === 0) return
  for (const part of SHAPES.get(code) ?? [rest]) copyPart(part, from, to)
}

/** Whether a question may ask for this type: one of the known ones or a query-only code. */
export function isQuestionType(code: number): boolean {
  return SHAPES.has(code) || (code >= 251 && code <= 255)
}

function copyPart(part: Part, from: DnsReader, to: DnsWriter): void {
  if (typeof part === 'number') to.bytes(from.bytes(part))
  else part(from, to)
}

function locVersion(from: DnsReader, to: DnsWriter): void {
  const version = from.u8()
  if (version !== 0) throw malformed()
  to.u8(version)
}

function options(from: DnsReader, to: DnsWriter): void {
  while (from.remaining > 0) {
    to.u16(from.u16())
    const length = from.u16()
    to.u16(length)
    to.bytes(from.bytes(length))
  }
}

function ipsecGateway(from: DnsReader, to: DnsWriter): void {
  const [precedence, kind, algorithm] = [from.u8(), from.u8(), from.u8()]
  to.bytes(Uint8Array.of(precedence, kind, algorithm))
  if (kind > 3) throw malformed('Attempted to perform an invalid operation')
  copyPart(kind === 3 ? plainName : [0, 4, 16][kind]!, from, to)
}

function typeBitMaps(from: DnsReader, to: DnsWriter): void {
  for (let previous = -1; from.remaining > 0; ) {
    const block = from.u8()
    if (block <= previous) throw malformed()
    const length = from.u8()
    if (length > 32) throw malformed()
    to.u8(block)
    to.u8(length)
    to.bytes(from.bytes(length))
    previous = block
  }
}

/** RFC 9460 §2.2: keys in strictly ascending order, values of known keys in their own format. */
function serviceParameters(from: DnsReader, to: DnsWriter): void {
  for (let previous = -1; from.remaining > 0; ) {
    const key = from.u16()
    const value = from.limited(from.u16())
    checkServiceParameter(key, value)
    if (key <= previous) throw malformed()
    to.u16(key)
    to.u16(value.remaining)
    to.bytes(value.bytes(value.remaining))
    previous = key
  }
}

function checkServiceParameter(key: number, value: DnsReader): void {
  const { remaining } = value
  const probe = value.at(value.position)
  switch (key) {
    case 0: // mandatory
      if (remaining % 2 !== 0) throw incomplete()
      break
    case 1: // alpn
      while (probe.remaining > 0) probe.bytes(probe.u8())
      break
    case 3: // port
      probe.u16()
      break
    case 4: // ipv4hint
      if (remaining % 4 !== 0) throw incomplete()
      break
    case 5: // ech
      if (probe.u16() !== probe.remaining) throw malformed()
      break
    case 6: // ipv6hint
      if (remaining % 16 !== 0) throw incomplete()
      break
    default:
  }
}
