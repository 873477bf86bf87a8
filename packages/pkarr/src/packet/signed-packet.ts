import { concatBytes, type PublicKey, utf8Encode } from '@pubky/crypto'
import type { DnsRecord } from '../dns/record.ts'
import { PkarrError } from '../error.ts'
import { wallMicroseconds } from './clock.ts'
import { PACKET_HEADER_LENGTH, TIMESTAMP_END } from './limits.ts'
import { normaliseName, ownerMatches } from './owner-name.ts'

const SECOND = 1_000_000n
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
 * made or checked here, except those read from a store of ours.
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

  /** @internal Checks nothing; use `packetFromPayload`. */
  constructor(parts: Required<PacketParts>, answers: readonly DnsRecord[]) {
    this.publicKey = parts.publicKey
    this.signature = parts.signature
    this.timestamp = parts.timestamp
    this.dns = parts.dns
    this.lastSeen = parts.lastSeen
    this.answers = answers
  }

  /** Relay payload, 72 … 1072 bytes. */
  payload(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.signature, uint64(this.timestamp), this.dns)
  }

  /** Canonical form, 104 … 1104 bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.publicKey.bytes, this.payload())
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
export function signable(timestamp: bigint, dns: Uint8Array): Uint8Array {
  return concatBytes(utf8Encode(`3:seqi${timestamp}e1:v${dns.length}:`), dns)
}

/** @throws {PkarrError} `invalid-timestamp` */
export function checkTimestamp(timestamp: bigint): void {
  if (timestamp >= 0n && timestamp < TIMESTAMP_END) return
  throw new PkarrError('invalid-timestamp', `timestamp ${timestamp} is not between the years 1970 and 9999`)
}

/** The error for bytes that cannot hold a packet. */
export function tooShort(length: number): PkarrError {
  const message = `Invalid SignedPacket bytes length, expected at least ${PACKET_HEADER_LENGTH} bytes but got: ${length}`
  return new PkarrError('invalid-length', message)
}

/** The error for a packet or DNS message above a limit. */
export function tooLarge(limit: number, length: number): PkarrError {
  const message = `DNS Packet is too large, expected max ${limit} bytes but got: ${length}`
  return new PkarrError('packet-too-large', message)
}

/** Eight bytes as a big-endian number. */
export function readUint64(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset)
}

/** A number as eight big-endian bytes. */
export function uint64(value: bigint): Uint8Array {
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
