import { PkarrError, type PkarrErrorCode } from '../error.ts'

/** The texts people and official clients know for the failures of a look-up (spec 04 §3.1). */
export const RESOLVE_FAILURES = {
  'no-nodes': 'DHT resolve queried no nodes',
  'no-responses': 'resolve query received no responses',
  'no-usable-responses': 'resolve query received no usable responses',
  'unexpected-responses': 'all responses were unexpected',
} as const

/** The error of a failed look-up. */
export function resolveFailure(code: keyof typeof RESOLVE_FAILURES, cause?: unknown): PkarrError {
  return new PkarrError(code, RESOLVE_FAILURES[code], cause === undefined ? {} : { cause })
}

/** Which of equally frequent failures is told, the last one first. */
const RANKS: readonly PkarrErrorCode[] = [
  'unexpected-responses',
  'no-responses',
  'no-nodes',
  'no-usable-responses',
  'rejected',
  'not-most-recent',
]

/** The most frequent of several failures; the fuller one on a tie (spec 04 §3.2, §3.3). */
export function mostFrequentFailure(failures: readonly PkarrError[]): PkarrError | undefined {
  const count = ({ message }: PkarrError) => failures.filter((other) => other.message === message).length
  const order = [...failures].sort((a, b) => count(b) - count(a) || RANKS.indexOf(b.code) - RANKS.indexOf(a.code))
  return order[0]
}
