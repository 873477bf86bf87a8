import { concatBytes, type PublicKey } from '@pubky/crypto'
import { type Capabilities, parseCapabilityEntries } from '../capabilities/capabilities.ts'
import { formatCapability } from '../capabilities/capability.ts'
import { ProtocolError } from '../errors.ts'
import { encodeText, encodeVarint, invalidValue, PostcardReader } from '../postcard.ts'

const VERSION = 0

/** The binary answer to a cookie sign-in, and the body of an exported cookie session (spec 01 §6). */
export interface SessionRecord {
  readonly publicKey: PublicKey
  /** Microseconds in the answers to POST, seconds in the answer to GET; official clients show it to nobody. */
  readonly createdAt: bigint
  /** Empty from every current server. */
  readonly name: string
  /** Empty from every current server. */
  readonly userAgent: string
  /** In token order, not normalised. */
  readonly capabilities: Capabilities
}

/** The bytes of a record. */
export function encodeSessionRecord(record: SessionRecord): Uint8Array {
  return concatBytes(
    encodeVarint(VERSION),
    record.publicKey.bytes,
    encodeVarint(record.createdAt),
    encodeText(record.name),
    encodeText(record.userAgent),
    encodeVarint(record.capabilities.length),
    ...record.capabilities.map((capability) => encodeText(formatCapability(capability))),
  )
}

/**
 * Reverse of {@link encodeSessionRecord}; bytes behind the record are ignored, as in official clients.
 * @throws ProtocolError `record-empty`, `record-version`, `bytes-…`
 */
export function decodeSessionRecord(bytes: Uint8Array): SessionRecord {
  if (bytes.length === 0) throw new ProtocolError('record-empty', 'Empty payload')
  if (bytes[0] !== VERSION) throw new ProtocolError('record-version', 'Unknown version')
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
