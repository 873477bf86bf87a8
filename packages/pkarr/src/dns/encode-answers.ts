import { PkarrError } from '../error.ts'
import { MessageWriter } from './message-writer.ts'
import { nameToWire } from './name-to-wire.ts'
import { copyRdata } from './rdata.ts'
import { DnsReader } from './reader.ts'
import type { DnsRecord } from './record.ts'
import { checkUint, recordData, typeCode } from './record-data.ts'
import type { DnsWriter } from './writer.ts'

const RESPONSE_FLAGS = 0x8000
const CLASS_IN = 1

/**
 * Encodes records as the answers of a DNS reply; equal records give equal bytes (spec 04 §1.4, §1.6).
 * Owner names must be complete.
 * @throws {PkarrError} `invalid-record`, `invalid-name`
 */
export function encodeAnswers(records: readonly DnsRecord[]): Uint8Array {
  const writer = new MessageWriter()
  for (const field of [0, RESPONSE_FLAGS, 0, records.length, 0, 0]) writer.u16(field)
  for (const record of records) {
    const code = checkUint(typeCode(record), 0xffff, record)
    writer.name(nameToWire(record.name), true)
    writer.u16(code)
    writer.u16(CLASS_IN)
    writer.u32(checkUint(record.ttl, 0xffff_ffff, record))
    writer.lengthPrefixed(() => writeRdata(record, code, writer))
  }
  return writer.finish()
}

function writeRdata(record: DnsRecord, code: number, writer: DnsWriter): void {
  try {
    copyRdata(code, new DnsReader(recordData(record)), writer)
  } catch (error) {
    if (!(error instanceof PkarrError) || error.code !== 'invalid-dns') throw error
    // The reader's words speak of a packet; here a record of the caller is at fault.
    const message = `${record.type} record "${record.name}" has data that is not valid for type ${code}`
    throw new PkarrError('invalid-record', message, { cause: error })
  }
}
