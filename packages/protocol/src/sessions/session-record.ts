import { concatBytes, type PublicKey } from '@pubky/crypto'
import type { Capabilities } from '../capabilities/capabilities.ts'
import { formatCapability } from '../capabilities/capability.ts'
import { encodeText, encodeVarint } from '../postcard-writer.ts'

/** First byte of a record. */
export const SESSION_RECORD_VERSION = 0

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
    encodeVarint(SESSION_RECORD_VERSION),
    record.publicKey.bytes,
    encodeVarint(record.createdAt),
    encodeText(record.name),
    encodeText(record.userAgent),
    encodeVarint(record.capabilities.length),
    ...record.capabilities.map((capability) => encodeText(formatCapability(capability))),
  )
}
