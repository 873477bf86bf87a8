import { createHash, timingSafeEqual } from 'node:crypto'
import { HttpError } from '../kernel/http-error.ts'

/**
 * Checks the `X-Admin-Password` of a request in constant time (spec 03 §2.1).
 * @throws HttpError 401 without content type
 */
export function checkPassword(given: string | undefined, expected: string): void {
  if (given === undefined) throw new HttpError(401, 'Missing admin password', { contentType: null })
  if (!isSameSecret(given, expected)) throw new HttpError(401, 'Invalid admin password', { contentType: null })
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
