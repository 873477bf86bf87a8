import { equalBytes, type PublicKey, utf8Encode, verifySignature } from '@pubky/crypto'
import { type Capabilities, parseCapabilities } from './capabilities/capabilities.ts'
import { ProtocolError } from './errors.ts'
import { AUTH_TOKEN_WINDOW, MAX_CREDENTIAL_LENGTH } from './names.ts'
import { invalidValue, PostcardReader } from './postcard.ts'
import { decodeTimestamp, type Timestamp } from './timestamp.ts'

/** After the signature. */
export const NAMESPACE = 'PUBKY:AUTH'
/** Where the signature ends. */
export const SIGNATURE_END = 64
const TIMESTAMP_OFFSET = 75
const CAPABILITIES_OFFSET = 115
/** Official signers leave out the first byte of the namespace, by one too far (spec 01 §4.1). */
export const SIGNED_FROM = 65
const WINDOW_MICROSECONDS = BigInt(AUTH_TOKEN_WINDOW) * 1_000_000n

/** A signed sign-in for cookie sessions (spec 01 §4). */
export interface AuthToken {
  readonly publicKey: PublicKey
  /** As signed, not normalised. */
  readonly capabilities: Capabilities
  readonly timestamp: Timestamp
  readonly bytes: Uint8Array
}

/**
 * Reads a token without judging its time or signature. Beyond the official rules it demands the namespace that every
 * official signer writes, and no bytes behind the record (spec 01 §4.1, Better).
 * @throws ProtocolError `token-too-long`, `bytes-…`, `token-version`, `token-namespace`, `token-trailing-bytes`
 */
export function parseAuthToken(bytes: Uint8Array): AuthToken {
  if (bytes.length > MAX_CREDENTIAL_LENGTH) throw new ProtocolError('token-too-long', 'AuthToken is too long')
  const reader = new PostcardReader(bytes)
  reader.bytes(SIGNATURE_END)
  const namespace = reader.bytes(NAMESPACE.length)
  if (reader.bytes(1)[0] !== 0) throw new ProtocolError('token-version', 'Unknown version')
  const timestamp = decodeTimestamp(reader.bytes(8))
  const publicKey = reader.publicKey()
  const text = reader.text()
  let capabilities: Capabilities
  try {
    capabilities = parseCapabilities(text)
  } catch (cause) {
    throw invalidValue(cause)
  }
  if (!equalBytes(namespace, utf8Encode(NAMESPACE))) throw new ProtocolError('token-namespace', 'Unknown namespace')
  if (reader.remaining > 0) throw new ProtocolError('token-trailing-bytes', 'Bytes behind the end of the AuthToken')
  return { publicKey, capabilities, timestamp, bytes }
}

/**
 * Reads a token and checks its time (180 s either way) and signature, in the official order (spec 01 §4.2, steps
 * 1–5). The caller still refuses replays, by {@link replayId}. Keys for which anybody can sign are refused.
 * @param now microseconds since the Unix epoch
 * @throws ProtocolError as {@link parseAuthToken}, and `token-in-future`, `token-in-past`, `token-signature`
 */
export function verifyAuthToken(bytes: Uint8Array, now: Timestamp): AuthToken {
  const token = parseAuthToken(bytes)
  const ahead = BigInt.asIntN(64, token.timestamp - now)
  if (ahead > WINDOW_MICROSECONDS) {
    throw new ProtocolError('token-in-future', 'AuthToken has a timestamp that is more than 3 minutes in the future')
  }
  if (ahead < -WINDOW_MICROSECONDS) {
    throw new ProtocolError('token-in-past', 'AuthToken has a timestamp that is more than 3 minutes in the past')
  }
  const isSigned = verifySignature(token.publicKey, bytes.subarray(SIGNED_FROM), bytes.subarray(0, SIGNATURE_END))
  if (!isSigned || token.publicKey.isSmallOrder()) throw new ProtocolError('token-signature', 'Invalid Signature')
  return token
}

/** The 40 bytes, time and key, by which a used token is remembered (spec 01 §4.2, step 6). */
export function replayId(token: AuthToken): Uint8Array {
  return token.bytes.subarray(TIMESTAMP_OFFSET, CAPABILITIES_OFFSET)
}
