import type { PublicKey } from '@pubky/crypto'
import { decodeAnswers } from '../dns/decode-answers.ts'
import { PkarrError } from '../error.ts'
import { wallMicroseconds } from './clock.ts'
import { MAX_DNS_LENGTH, MAX_PACKET_LENGTH, PACKET_HEADER_LENGTH, PAYLOAD_HEADER_LENGTH } from './limits.ts'
import {
  checkTimestamp,
  type PacketParts,
  readUint64,
  SignedPacket,
  signable,
  tooLarge,
  tooShort,
} from './signed-packet.ts'

/**
 * The parts of a relay payload: signature (64), timestamp (8), DNS message. Verifies nothing.
 * @throws {PkarrError} `invalid-length`, `packet-too-large`
 */
export function partsOfPayload(publicKey: PublicKey, payload: Uint8Array, lastSeen?: bigint): PacketParts {
  const length = publicKey.bytes.length + payload.length
  if (length < PACKET_HEADER_LENGTH) throw tooShort(length)
  if (length > MAX_PACKET_LENGTH) throw tooLarge(MAX_DNS_LENGTH, length)
  return {
    publicKey,
    signature: payload.slice(0, 64),
    timestamp: readUint64(payload, 64),
    dns: payload.slice(PAYLOAD_HEADER_LENGTH),
    ...(lastSeen === undefined ? {} : { lastSeen }),
  }
}

/**
 * What the signature of a packet must cover.
 * @throws {PkarrError} `packet-too-large`; `invalid-public-key` for a small-order key, for which anybody can sign
 */
export function signedBytes({ publicKey, timestamp, dns }: PacketParts): Uint8Array {
  if (dns.length > MAX_DNS_LENGTH) throw tooLarge(MAX_DNS_LENGTH, dns.length)
  if (publicKey.isSmallOrder()) {
    throw new PkarrError('invalid-public-key', `Invalid Ed25519 publickey; ${publicKey.z32()} has small order`)
  }
  return signable(timestamp, dns)
}

/**
 * The packet of parts whose signature was judged. The order of checks is spec 04 §1.7's.
 * @param isSigned whether the signature covers {@link signedBytes}
 * @throws {PkarrError} `invalid-signature`, `invalid-dns`, `invalid-timestamp`
 */
export function judgedPacket(parts: PacketParts, isSigned: boolean): SignedPacket {
  if (!isSigned) throw new PkarrError('invalid-signature', 'signature error')
  const answers = decodeAnswers(parts.dns)
  checkTimestamp(parts.timestamp)
  return new SignedPacket({ ...parts, lastSeen: parts.lastSeen ?? wallMicroseconds() }, answers)
}
