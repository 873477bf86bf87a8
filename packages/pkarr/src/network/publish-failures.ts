import { PkarrError } from '../error.ts'

/** The texts people and official clients know for the failures of a publish (spec 04 §3.1). */
export const PUBLISH_FAILURES = {
  'no-nodes': 'DHT publish queried no nodes',
  'no-responses': 'publish query received no responses',
  'not-most-recent': 'found a more recent SignedPacket',
  'unexpected-responses': 'all responses were unexpected',
} as const

/** The error of a failed publish; `seq` is the timestamp of the more recent packet, where it is known. */
export function publishFailure(
  code: keyof typeof PUBLISH_FAILURES,
  facts: { readonly cause?: unknown; readonly seq?: bigint | undefined } = {},
): PkarrError {
  return new PkarrError(code, PUBLISH_FAILURES[code], facts)
}
