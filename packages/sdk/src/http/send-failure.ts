import { kindOfCode } from '#failure-codes'
import { transportError } from '../errors/create.ts'
import { PubkyError, type RequestErrorKind } from '../errors/pubky-error.ts'

/**
 * The error for a request that got no answer. What the caller's own signal says passes unchanged, as does an error
 * of this SDK.
 */
export function sendFailure(thrown: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted && thrown === signal.reason) return thrown
  if (thrown instanceof PubkyError) return thrown
  return transportError(describe(thrown), failureKind(thrown), thrown)
}

/** `fetch failed` alone says nothing; the reason is in the cause. */
function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const { cause } = thrown
  return cause instanceof Error && cause.message !== '' ? `${thrown.message}: ${cause.message}` : thrown.message
}

/** What kind of failure a thrown value of `fetch` is. */
export function failureKind(thrown: unknown): RequestErrorKind {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const kind = error.name === 'TimeoutError' ? 'timeout' : kindOfCode(error)
    if (kind !== undefined) return kind
  }
  return 'other'
}
