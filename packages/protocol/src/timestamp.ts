import { CryptoError, crockfordDecode, crockfordEncode } from '@pubky/crypto'
import { ProtocolError } from './errors.ts'

/** Microseconds since the Unix epoch, an unsigned 64-bit number (spec 01 §10). */
export type Timestamp = bigint

/** 8 bytes, big-endian. */
export function encodeTimestamp(timestamp: Timestamp): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, timestamp)
  return bytes
}

/** Reverse of {@link encodeTimestamp}. @throws ProtocolError `timestamp` unless there are exactly 8 bytes */
export function decodeTimestamp(bytes: Uint8Array): Timestamp {
  if (bytes.length !== 8) throw new ProtocolError('timestamp', `timestamps have 8 bytes, got ${bytes.length}`)
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0)
}

/** 13 upper-case Crockford base32 characters, which sort as the numbers do. */
export function formatTimestamp(timestamp: Timestamp): string {
  return crockfordEncode(encodeTimestamp(timestamp))
}

/** Reverse of {@link formatTimestamp}, in either case. @throws ProtocolError `timestamp` */
export function parseTimestamp(text: string): Timestamp {
  if (text.length !== 13) throw new ProtocolError('timestamp', 'timestamp texts have 13 characters')
  try {
    return decodeTimestamp(crockfordDecode(text))
  } catch (cause) {
    if (cause instanceof CryptoError) throw new ProtocolError('timestamp', 'invalid timestamp text', { cause })
    throw cause
  }
}
