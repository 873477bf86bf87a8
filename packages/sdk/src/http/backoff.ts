/** Times a refused request is sent again. */
const MAX_RETRIES = 2
/** Longest pause a server may ask for before the refusal is passed on instead. */
export const MAX_RETRY_AFTER_MS = 30_000

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 15_000

/** Milliseconds to wait before try number `attempt` (1 is the first repetition): doubling, with half of it random. */
export function backoffDelay(attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS)
  return longest / 2 + (longest / 2) * random()
}

/**
 * Milliseconds to wait before repeating a request that was answered `response`, or undefined when it must not be
 * repeated. Only "too many requests" and "unavailable" say that nothing was done; `Retry-After` is honoured.
 */
export function retryDelay(response: Response, attempt: number, now: number = Date.now()): number | undefined {
  if (response.status !== 429 && response.status !== 503) return undefined
  if (attempt > MAX_RETRIES) return undefined
  const wish = retryAfter(response.headers.get('retry-after'), now)
  if (wish === undefined) return backoffDelay(attempt)
  return wish > MAX_RETRY_AFTER_MS ? undefined : Math.max(wish, backoffDelay(attempt))
}

/** `Retry-After` in milliseconds: whole seconds or an HTTP date (RFC 9110 §10.2.3). */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
