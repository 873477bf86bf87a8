import { concatBytes } from '@pubky/crypto'
import { nameToText, readName } from './name.ts'
import { copyRdata, isQuestionType, OPT_TYPE } from './rdata.ts'
import { DnsReader, malformed } from './reader.ts'
import { type DnsRecord, recordFromData } from './record.ts'

/** The one header bit that must be zero. */
const RESERVED_FLAG = 0x0040
const CLASS_IN = 1
/** Top bit of a record's class: "cache flush" of multicast DNS. */
const CLASS_BITS = 0x7fff
const RECORD_CLASSES: readonly number[] = [CLASS_IN, 2, 3, 4, 254]
const ANY_CLASS = 255

/**
 * Reads a DNS message with the verdict of the official decoder and returns its answers; the other sections must be
 * well-formed too (spec 04 §1.7). Bytes behind the last section are ignored.
 * @throws {PkarrError} `invalid-dns`
 */
export function decodeAnswers(message: Uint8Array): DnsRecord[] {
  const reader = new DnsReader(message)
  reader.u16() // id
  if ((reader.u16() & RESERVED_FLAG) !== 0) throw malformed('Provided header information is invalid')
  const [questions, answers, authorities, additionals] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
  for (let count = 0; count < questions; count += 1) readQuestion(reader)
  const records: DnsRecord[] = []
  for (let count = 0; count < answers; count += 1) records.push(readRecord(reader))
  for (let count = 0; count < authorities + additionals; count += 1) readRecord(reader)
  return records
}

function readQuestion(reader: DnsReader): void {
  readName(reader)
  const [type, questionClass] = [reader.u16(), reader.u16() & CLASS_BITS]
  if (!isQuestionType(type)) throw malformed(`Provided QType is invalid: ${type}`)
  if (questionClass !== ANY_CLASS && !RECORD_CLASSES.includes(questionClass)) {
    throw malformed(`Provided class is invalid: ${questionClass}`)
  }
}

function readRecord(reader: DnsReader): DnsRecord {
  const name = nameToText(readName(reader))
  const code = reader.u16()
  const recordClass = reader.u16() & CLASS_BITS
  const ttl = reader.u32()
  const data: Uint8Array[] = []
  const keep = (part: Uint8Array) => void data.push(part)
  copyRdata(code, reader.limited(reader.u16()), { bytes: keep, name: keep })
  if (code !== OPT_TYPE && !RECORD_CLASSES.includes(recordClass)) {
    throw malformed(`Provided class is invalid: ${recordClass}`)
  }
  return recordFromData({ name, ttl }, code, concatBytes(...data))
}
