import { type PublicKey, verifySignatureAsync } from '@pubky/crypto'
import type { SignedPacket } from './signed-packet.ts'
import { judgedPacket, partsOfPayload, signedBytes } from './unverified-parts.ts'

/** As `packetFromPayload`, with the browser's own Ed25519 where it has one; the same verdicts and errors. */
export async function packetFromPayloadAsync(
  publicKey: PublicKey,
  payload: Uint8Array,
  lastSeen?: bigint,
): Promise<SignedPacket> {
  const parts = partsOfPayload(publicKey, payload, lastSeen)
  return judgedPacket(parts, await verifySignatureAsync(publicKey, signedBytes(parts), parts.signature))
}
