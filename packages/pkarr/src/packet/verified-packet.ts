import { type PublicKey, verifySignature } from '@pubky/crypto'
import type { PacketParts, SignedPacket } from './signed-packet.ts'
import { judgedPacket, partsOfPayload, signedBytes } from './unverified-parts.ts'

/**
 * Verifies a relay payload: signature (64), timestamp (8), DNS message. The order of checks is spec 04 §1.7's.
 *
 * @param lastSeen microseconds; default: now
 * @throws {PkarrError} `invalid-length`, `packet-too-large`, `invalid-public-key` (a small-order key, for which
 *   anybody can sign), `invalid-signature`, `invalid-dns`, `invalid-timestamp`
 */
export function packetFromPayload(publicKey: PublicKey, payload: Uint8Array, lastSeen?: bigint): SignedPacket {
  return packetFromParts(partsOfPayload(publicKey, payload, lastSeen))
}

/** Verifies a packet given in parts. @throws {PkarrError} as {@link packetFromPayload} */
export function packetFromParts(parts: PacketParts): SignedPacket {
  return judgedPacket(parts, verifySignature(parts.publicKey, signedBytes(parts), parts.signature))
}
