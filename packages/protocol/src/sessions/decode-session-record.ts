import { parseCapabilityEntries } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { invalidValue, PostcardReader } from '../postcard.ts'
import { SESSION_RECORD_VERSION, type SessionRecord } from './session-record.ts'

/**
 * Reverse of `encodeSessionRecord`; bytes behind the record are ignored, as in official clients.
 * @throws ProtocolError `record-empty`, `record-version`, `bytes-…`
 */
export function decodeSessionRecord(bytes: Uint8Array): SessionRecord {
  if (bytes.length === 0) throw new ProtocolError('record-empty', 'Empty payload')
  if (bytes[0] !== SESSION_RECORD_VERSION) throw new ProtocolError('record-version', 'Unknown version')
  const reader = new PostcardReader(bytes, 1)
  const publicKey = reader.publicKey()
  const createdAt = reader.varint()
  const name = reader.text()
  const userAgent = reader.text()
  const entries = Array.from({ length: reader.count(1) }, () => reader.text())
  try {
    return { publicKey, createdAt, name, userAgent, capabilities: parseCapabilityEntries(entries) }
  } catch (cause) {
    throw invalidValue(cause)
  }
}
