import type { ResolveQuery } from '../network/transport.ts'

/**
 * Makes every cache on the way ask again. Unlike a header set by a script this needs no preflight request, which costs
 * a round trip for each key.
 */
export const BYPASS: RequestInit = { cache: 'no-store' }

/** A condition would be a script's header too; the browser's own cache asks conditionally by itself. */
export function conditionOn(_query: ResolveQuery): RequestInit | undefined {
  return undefined
}

/** Microseconds since 1970 of an HTTP date. Browsers read all of its forms, and more; here a wrong one does no harm. */
export function parseHttpDate(text: string): bigint | undefined {
  const milliseconds = Date.parse(text)
  return milliseconds >= 0 ? BigInt(milliseconds) * 1000n : undefined
}
