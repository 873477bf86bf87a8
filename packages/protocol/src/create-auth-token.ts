import { concatBytes, type Keypair, utf8Encode } from '@pubky/crypto'
import { type AuthToken, NAMESPACE, SIGNATURE_END, SIGNED_FROM } from './auth-token.ts'
import { type Capabilities, formatCapabilities } from './capabilities/capabilities.ts'
import { encodeText } from './postcard-writer.ts'
import { encodeTimestamp, type Timestamp } from './timestamp.ts'

/**
 * Signs a token.
 * @param timestamp unique per key, else the second token counts as a replay of the first
 */
export function createAuthToken(keypair: Keypair, capabilities: Capabilities, timestamp: Timestamp): AuthToken {
  const unsigned = concatBytes(
    new Uint8Array(SIGNATURE_END),
    utf8Encode(NAMESPACE),
    new Uint8Array(1),
    encodeTimestamp(timestamp),
    keypair.publicKey.bytes,
    encodeText(formatCapabilities(capabilities)),
  )
  unsigned.set(keypair.sign(unsigned.subarray(SIGNED_FROM)))
  return { publicKey: keypair.publicKey, capabilities, timestamp, bytes: unsigned }
}
