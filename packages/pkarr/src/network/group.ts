import { PkarrError } from '../error.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { mostFrequentFailure } from './failures.ts'
import { publishFailure } from './publish-failures.ts'
import { resolveFromAll } from './resolve-from-all.ts'
import type { PublishOptions, PublishReceipt, Transport } from './transport.ts'

/**
 * Several transports as one: look-ups race, a packet goes to all. The members' failures only count when none of them
 * has an answer, so a group speaks with one voice beside other transports (spec 04 §3.2, §3.3).
 */
export function groupTransports(name: string, members: readonly Transport[]): Transport {
  return {
    name,
    resolve: (key, query) => resolveFromAll(members, key, query),
    publish: (packet, options) => publishToAll(members, packet, options),
  }
}

/**
 * Publishes to all and waits for all. Votes for "not the most recent" win when there are at least as many as
 * successes; else any success wins with the largest count of nodes.
 * @throws {PkarrError} `not-most-recent`, or the most frequent failure
 */
export async function publishToAll(
  transports: readonly Transport[],
  packet: SignedPacket,
  options: PublishOptions,
): Promise<PublishReceipt> {
  const results = await Promise.allSettled(transports.map((transport) => transport.publish(packet, options)))
  options.signal.throwIfAborted()
  const receipts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [asPublishFailure(result.reason)] : []))
  const conflicts = failures.filter((failure) => failure.code === 'not-most-recent')
  if (conflicts.length > 0 && conflicts.length >= receipts.length) {
    throw conflicts.find((conflict) => conflict.seq !== undefined) ?? conflicts[0]!
  }
  if (receipts.length > 0) return { storedNodes: Math.max(...receipts.map((receipt) => receipt.storedNodes)) }
  throw mostFrequentFailure(failures) ?? publishFailure('unexpected-responses')
}

function asPublishFailure(error: unknown): PkarrError {
  return error instanceof PkarrError ? error : publishFailure('unexpected-responses', { cause: error })
}
