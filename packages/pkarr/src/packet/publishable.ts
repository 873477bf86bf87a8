import { PkarrError } from '../error.ts'
import { MAX_FUTURE_MICROSECONDS } from './limits.ts'
import type { SignedPacket } from './signed-packet.ts'

/**
 * Refuses to spread a packet dated more than 24 h ahead: every honestly dated packet of its key would be "not the most
 * recent" until then (spec 04 §1.7 b). Such packets are still read.
 *
 * @param now microseconds
 * @throws {PkarrError} `invalid-timestamp`
 */
export function checkPublishable(packet: SignedPacket, now: bigint): void {
  if (packet.timestamp <= now + MAX_FUTURE_MICROSECONDS) return
  throw new PkarrError('invalid-timestamp', `timestamp ${packet.timestamp} is more than 24 hours in the future`)
}
