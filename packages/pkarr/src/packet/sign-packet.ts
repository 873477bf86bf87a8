import type { Keypair } from '@pubky/crypto'
import { decodeAnswers } from '../dns/decode-answers.ts'
import { encodeAnswers } from '../dns/encode-answers.ts'
import type { DnsRecord } from '../dns/record.ts'
import { type MicrosecondClock, wallMicroseconds } from './clock.ts'
import { MAX_BUILT_DNS_LENGTH, MAX_DNS_LENGTH } from './limits.ts'
import { normaliseName } from './owner-name.ts'
import { checkTimestamp, SignedPacket, signable, tooLarge } from './signed-packet.ts'
import { createTimestampClock } from './timestamp-clock.ts'

/** One clock for the process, so that its packets are strictly ordered whoever builds them. */
let nextTimestamp: MicrosecondClock | undefined

/**
 * Signs records. Relative owner names are completed with the signer's key and lower-cased; complete ones stay as
 * they are, so records of an earlier packet can be signed again. No records is legal: it un-publishes all others.
 *
 * @param init.timestamp microseconds; default: now, but always above the last one of this process
 * @throws {PkarrError} `invalid-record`, `invalid-name`, `invalid-timestamp`, or `packet-too-large` above 996 bytes
 */
export function signPacket(init: {
  readonly keypair: Keypair
  readonly records: readonly DnsRecord[]
  readonly timestamp?: bigint
  readonly now?: MicrosecondClock
}): SignedPacket {
  const { publicKey } = init.keypair
  const answers = init.records.map((record) => ({ ...record, name: ownerToSign(record.name, publicKey.z32()) }))
  const dns = encodeAnswers(answers)
  if (dns.length > MAX_DNS_LENGTH) throw tooLarge(MAX_DNS_LENGTH, dns.length)
  if (dns.length > MAX_BUILT_DNS_LENGTH) throw tooLarge(MAX_BUILT_DNS_LENGTH, dns.length)
  nextTimestamp ??= createTimestampClock()
  const timestamp = init.timestamp ?? nextTimestamp()
  checkTimestamp(timestamp)
  const signature = init.keypair.sign(signable(timestamp, dns))
  const lastSeen = (init.now ?? wallMicroseconds)()
  // Decoded again: what the signer hands out is what every reader of these bytes will see.
  return new SignedPacket({ publicKey, signature, timestamp, dns, lastSeen }, decodeAnswers(dns))
}

function ownerToSign(name: string, origin: string): string {
  const complete = normaliseName(name, origin)
  return complete === name || complete === name.slice(0, -1) ? complete : complete.toLowerCase()
}
