import { CryptoError, concatBytes, PublicKey } from '@pubky/crypto'
import { decodeAnswers } from '../dns/decode-answers.ts'
import { PkarrError } from '../error.ts'
import { wallMicroseconds } from './clock.ts'
import { MAX_DNS_LENGTH, MAX_PACKET_LENGTH, PACKET_HEADER_LENGTH } from './limits.ts'
import { checkTimestamp, readUint64, SignedPacket, tooLarge, tooShort, uint64 } from './signed-packet.ts'
import { packetFromPayload } from './verified-packet.ts'

/** Before a stored packet: when it was last seen. */
const STORED_HEADER_LENGTH = 8
/** A stored "last seen" further ahead than this, in microseconds, is a lie of an earlier clock (spec 04 §1.1). */
const STORED_FUTURE_TOLERANCE = 60_000_000n

/**
 * Verifies the canonical form: public key (32) and relay payload.
 * @param lastSeen microseconds; default: now
 * @throws {PkarrError} as `packetFromPayload`
 */
export function packetFromBytes(bytes: Uint8Array, lastSeen?: bigint): SignedPacket {
  if (bytes.length < PACKET_HEADER_LENGTH) throw tooShort(bytes.length)
  return packetFromPayload(publicKeyFrom(bytes.subarray(0, 32)), bytes.subarray(32), lastSeen)
}

/** The stored form of a packet: `lastSeen` (8) and canonical form. */
export function storedPacket(packet: SignedPacket): Uint8Array<ArrayBuffer> {
  return concatBytes(uint64(packet.lastSeen), packet.bytes())
}

/**
 * Reads the stored form. The signature is not checked again, so the bytes must come from a store of ours.
 *
 * @param now microseconds; a `lastSeen` more than 60 s later is read as 0
 * @throws {PkarrError} `invalid-length`, `packet-too-large`, `invalid-public-key`, `invalid-dns`, `invalid-timestamp`
 */
export function packetFromStored(bytes: Uint8Array, now: bigint = wallMicroseconds()): SignedPacket {
  const packet = bytes.subarray(STORED_HEADER_LENGTH)
  if (packet.length < PACKET_HEADER_LENGTH) {
    throw new PkarrError('invalid-length', `a stored packet has at least 112 bytes, this one has ${bytes.length}`)
  }
  if (packet.length > MAX_PACKET_LENGTH) throw tooLarge(MAX_DNS_LENGTH, packet.length)
  const lastSeen = readUint64(bytes, 0)
  const timestamp = readUint64(packet, 96)
  checkTimestamp(timestamp)
  const dns = packet.slice(PACKET_HEADER_LENGTH)
  return new SignedPacket(
    {
      publicKey: publicKeyFrom(packet.subarray(0, 32)),
      signature: packet.slice(32, 96),
      timestamp,
      dns,
      lastSeen: lastSeen > now + STORED_FUTURE_TOLERANCE ? 0n : lastSeen,
    },
    decodeAnswers(dns),
  )
}

function publicKeyFrom(bytes: Uint8Array): PublicKey {
  try {
    return PublicKey.fromBytes(bytes)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new PkarrError('invalid-public-key', cause.message, { cause })
  }
}
