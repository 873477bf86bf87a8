import type { DnsRecord } from '../dns/record.ts'
import { wallMicroseconds } from './clock.ts'
import type { SignedPacket } from './signed-packet.ts'

/** As `packet.records(name)`, without those whose own TTL has passed since the packet was last seen (spec 04 §1.10). */
export function freshRecords(
  packet: SignedPacket,
  name: string,
  now: bigint = wallMicroseconds(),
): readonly DnsRecord[] {
  const elapsed = packet.elapsedSeconds(now)
  return packet.records(name).filter((record) => record.ttl > elapsed)
}
