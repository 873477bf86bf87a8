import { CryptoError, concatBytes, type Keypair, PublicKey, utf8Encode } from '@pubky/crypto'
import { decodeAnswers, encodeAnswers } from '../dns/message.ts'
import type { DnsRecord } from '../dns/record.ts'
import { PkarrError } from '../error.ts'
import { createTimestampClock, type MicrosecondClock, wallMicroseconds } from './clock.ts'
import {
  MAX_BUILT_DNS_LENGTH,
  MAX_DNS_LENGTH,
  MAX_PACKET_LENGTH,
  PACKET_HEADER_LENGTH,
  PAYLOAD_HEADER_LENGTH,
  TIMESTAMP_END,
} from './limits.ts'
import { normaliseName, ownerMatches } from './owner-name.ts'

const SECOND = 1_000_000n
/** Before a stored packet: when it was last seen. */
const STORED_HEADER_LENGTH = 8
/** A stored "last seen" further ahead than this is a lie of an earlier clock (spec 04 §1.1). */
const STORED_FUTURE_TOLERANCE = 60n * SECOND

/** One clock for the process, so that its packets are strictly ordered whoever builds them. */
const nextTimestamp = createTimestampClock()

/** What a packet is made of when it comes from the network in parts, such as a DHT item. */
export interface PacketParts {
  readonly publicKey: PublicKey
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** Microseconds, unsigned. */
  readonly timestamp: bigint
  /** DNS message. */
  readonly dns: Uint8Array
  /** When it was on the network, in microseconds. Default: now. */
  readonly lastSeen?: bigint
}

/**
 * DNS records signed by the key they belong to (spec 04 §1). Immutable; the signature of every instance was either
 * made or checked here, except those from {@link fromStored}.
 */
export class SignedPacket {
  readonly publicKey: PublicKey
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** Microseconds since 1970; a later packet of the same key replaces an earlier one. */
  readonly timestamp: bigint
  /** The signed DNS message in wire format. */
  readonly dns: Uint8Array
  /** The answers of the DNS message. */
  readonly answers: readonly DnsRecord[]
  /** When this packet was last known to be on the network, microseconds since 1970. Not part of what is signed. */
  readonly lastSeen: bigint

  private constructor(parts: Required<PacketParts>, answers: readonly DnsRecord[]) {
    this.publicKey = parts.publicKey
    this.signature = parts.signature
    this.timestamp = parts.timestamp
    this.dns = parts.dns
    this.lastSeen = parts.lastSeen
    this.answers = answers
  }

  /**
   * Signs records. Relative owner names are completed with the signer's key and lower-cased; complete ones stay as
   * they are, so records of an earlier packet can be signed again. No records is legal: it un-publishes all others.
   *
   * @param init.timestamp microseconds; default: now, but always above the last one of this process
   * @throws {PkarrError} `invalid-record`, `invalid-name`, `invalid-timestamp`, or `packet-too-large` above 996 bytes
   */
  static build(init: {
    readonly keypair: Keypair
    readonly records: readonly DnsRecord[]
    readonly timestamp?: bigint
    readonly now?: MicrosecondClock
  }): SignedPacket {
    const { publicKey } = init.keypair
    const answers = init.records.map((record) => ({ ...record, name: ownerForBuild(record.name, publicKey.z32()) }))
    const dns = encodeAnswers(answers)
    if (dns.length > MAX_DNS_LENGTH) throw tooLarge(MAX_DNS_LENGTH, dns.length)
    if (dns.length > MAX_BUILT_DNS_LENGTH) throw tooLarge(MAX_BUILT_DNS_LENGTH, dns.length)
    const timestamp = init.timestamp ?? nextTimestamp()
    checkTimestamp(timestamp)
    const signature = init.keypair.sign(signable(timestamp, dns))
    const lastSeen = (init.now ?? wallMicroseconds)()
    // Decoded again: what the builder hands out is what every reader of these bytes will see.
    return new SignedPacket({ publicKey, signature, timestamp, dns, lastSeen }, decodeAnswers(dns))
  }

  /**
   * Verifies a relay payload: signature (64), timestamp (8), DNS message. The order of checks is spec 04 §1.7's.
   *
   * @param lastSeen microseconds; default: now
   * @throws {PkarrError} `invalid-length`, `packet-too-large`, `invalid-public-key` (a small-order key, for which
   *   anybody can sign), `invalid-signature`, `invalid-dns`, `invalid-timestamp`
   */
  static fromPayload(publicKey: PublicKey, payload: Uint8Array, lastSeen?: bigint): SignedPacket {
    const length = publicKey.bytes.length + payload.length
    if (length < PACKET_HEADER_LENGTH) {
      const message = `Invalid SignedPacket bytes length, expected at least ${PACKET_HEADER_LENGTH} bytes but got: ${length}`
      throw new PkarrError('invalid-length', message)
    }
    if (length > MAX_PACKET_LENGTH) throw tooLarge(MAX_DNS_LENGTH, length)
    return SignedPacket.fromParts({
      publicKey,
      signature: payload.slice(0, 64),
      timestamp: readUint64(payload, 64),
      dns: payload.slice(PAYLOAD_HEADER_LENGTH),
      ...(lastSeen === undefined ? {} : { lastSeen }),
    })
  }

  /** Verifies a packet given in parts. @throws {PkarrError} as {@link fromPayload} */
  static fromParts(parts: PacketParts): SignedPacket {
    if (parts.dns.length > MAX_DNS_LENGTH) throw tooLarge(MAX_DNS_LENGTH, parts.dns.length)
    if (parts.publicKey.isSmallOrder()) {
      throw new PkarrError('invalid-public-key', `Invalid Ed25519 publickey; ${parts.publicKey.z32()} has small order`)
    }
    if (!parts.publicKey.verify(signable(parts.timestamp, parts.dns), parts.signature)) {
      throw new PkarrError('invalid-signature', 'signature error')
    }
    const answers = decodeAnswers(parts.dns)
    checkTimestamp(parts.timestamp)
    return new SignedPacket({ ...parts, lastSeen: parts.lastSeen ?? wallMicroseconds() }, answers)
  }

  /**
   * Verifies the canonical form: public key (32) and relay payload.
   * @throws {PkarrError} as {@link fromPayload}
   */
  static fromBytes(bytes: Uint8Array, lastSeen?: bigint): SignedPacket {
    if (bytes.length < PACKET_HEADER_LENGTH) {
      const message = `Invalid SignedPacket bytes length, expected at least ${PACKET_HEADER_LENGTH} bytes but got: ${bytes.length}`
      throw new PkarrError('invalid-length', message)
    }
    return SignedPacket.fromPayload(publicKeyFrom(bytes.subarray(0, 32)), bytes.subarray(32), lastSeen)
  }

  /**
   * Reads the stored form: `lastSeen` (8) and canonical form. The signature is not checked again, so the bytes must
   * come from a store of ours.
   *
   * @param now microseconds; a `lastSeen` more than 60 s later is read as 0
   * @throws {PkarrError} `invalid-length`, `packet-too-large`, `invalid-public-key`, `invalid-dns`, `invalid-timestamp`
   */
  static fromStored(bytes: Uint8Array, now: bigint = wallMicroseconds()): SignedPacket {
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

  /** Relay payload, 72 … 1072 bytes. */
  payload(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.signature, uint64(this.timestamp), this.dns)
  }

  /** Canonical form, 104 … 1104 bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.publicKey.bytes, this.payload())
  }

  /** Stored form, see {@link fromStored}. */
  stored(): Uint8Array<ArrayBuffer> {
    return concatBytes(uint64(this.lastSeen), this.bytes())
  }

  /** The same packet, seen on the network at another time (microseconds). */
  withLastSeen(lastSeen: bigint): SignedPacket {
    const { publicKey, signature, timestamp, dns } = this
    return new SignedPacket({ publicKey, signature, timestamp, dns, lastSeen }, this.answers)
  }

  /**
   * The records of an owner, in packet order. Names are completed as when building, ASCII case does not matter,
   * `@` and `.` are the key itself, `*.x` matches one label before `x` (spec 04 §1.10).
   */
  records(name: string): readonly DnsRecord[] {
    const wanted = normaliseName(name, this.publicKey.z32())
    return this.answers.filter((record) => ownerMatches(record.name, wanted))
  }

  /** As {@link records}, without those whose own TTL has passed since the packet was last seen. */
  freshRecords(name: string, now: bigint = wallMicroseconds()): readonly DnsRecord[] {
    const elapsed = this.elapsedSeconds(now)
    return this.records(name).filter((record) => record.ttl > elapsed)
  }

  /** Seconds this packet may be cached: its smallest TTL within the bounds, or `minimum` without records. */
  ttl(minimum: number, maximum: number): number {
    const smallest = this.answers.reduce((least, record) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY)
    return this.answers.length === 0 ? minimum : Math.min(Math.max(smallest, minimum), maximum)
  }

  /** Whole seconds since the packet was last seen, never negative. */
  elapsedSeconds(now: bigint = wallMicroseconds()): number {
    return now <= this.lastSeen ? 0 : Number((now - this.lastSeen) / SECOND)
  }

  /** Seconds until the packet expires under the bounds; 0 = it has. */
  expiresIn(minimum: number, maximum: number, now: bigint = wallMicroseconds()): number {
    return Math.max(0, this.ttl(minimum, maximum) - this.elapsedSeconds(now))
  }

  /** Later timestamp, or on a tie the byte-wise larger DNS message (spec 04 §1.8). */
  isMoreRecentThan(other: SignedPacket): boolean {
    if (this.timestamp !== other.timestamp) return this.timestamp > other.timestamp
    return compareBytes(this.dns, other.dns) > 0
  }

  /** Whether the signed bytes and the signature are identical. */
  isSameAs(other: SignedPacket): boolean {
    return (
      this.timestamp === other.timestamp &&
      this.publicKey.equals(other.publicKey) &&
      compareBytes(this.signature, other.signature) === 0 &&
      compareBytes(this.dns, other.dns) === 0
    )
  }

  /** Whether this one takes the place of `known` in a cache: more recent, or the same and seen later (spec 04 §1.8). */
  supersedes(known: SignedPacket): boolean {
    return this.isMoreRecentThan(known) || (this.isSameAs(known) && this.lastSeen > known.lastSeen)
  }
}

/** The bytes a packet's signature covers, spec 04 §1.2. */
function signable(timestamp: bigint, dns: Uint8Array): Uint8Array {
  return concatBytes(utf8Encode(`3:seqi${timestamp}e1:v${dns.length}:`), dns)
}

function ownerForBuild(name: string, origin: string): string {
  const complete = normaliseName(name, origin)
  return complete === name || complete === name.slice(0, -1) ? complete : complete.toLowerCase()
}

function checkTimestamp(timestamp: bigint): void {
  if (timestamp >= 0n && timestamp < TIMESTAMP_END) return
  throw new PkarrError('invalid-timestamp', `timestamp ${timestamp} is not between the years 1970 and 9999`)
}

function tooLarge(limit: number, length: number): PkarrError {
  const message = `DNS Packet is too large, expected max ${limit} bytes but got: ${length}`
  return new PkarrError('packet-too-large', message)
}

function publicKeyFrom(bytes: Uint8Array): PublicKey {
  try {
    return PublicKey.fromBytes(bytes)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new PkarrError('invalid-public-key', cause.message, { cause })
  }
}

function readUint64(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset)
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

/** Unsigned, byte by byte; a prefix is smaller. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at += 1) if (a[at] !== b[at]) return a[at]! - b[at]!
  return a.length - b.length
}
