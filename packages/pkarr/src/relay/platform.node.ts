import { formatHttpDate } from '../http-date.ts'
import type { ResolveQuery } from '../network/transport.ts'

export { parseHttpDate } from '../http-date.ts'

/** Headers that make relays and every cache on the way ask again; what the official native client sends. */
export const BYPASS: RequestInit = { headers: { 'cache-control': 'no-cache, no-store, must-revalidate' } }

/** HTTP dates have whole seconds: a condition must lie in an earlier second than the packet it is about. */
const SECOND = 1_000_000n

/** A request for what is as new as the packet the asker has; `undefined` when that cannot be said, or is not wanted. */
export function conditionOn({ policy, known }: ResolveQuery): RequestInit | undefined {
  if (policy === 'NetworkOnly' || known === undefined || known < SECOND) return undefined
  // The cache mode keeps fetch from adding `cache-control: no-cache` to a request that brings its own condition.
  return { headers: { 'if-modified-since': formatHttpDate(known - SECOND) }, cache: 'force-cache' }
}
