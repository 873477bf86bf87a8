import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { HttpError } from '../kernel/http-error.ts'

/**
 * Checks the `X-Admin-Password` of a request in constant time (spec 03 §2.1).
 * @throws HttpError 401 without content type
 */
export function checkPassword(given: string | undefined, expected: string): void {
  if (given === undefined) throw new HttpError(401, 'Missing admin password', { contentType: null })
  if (!isSameSecret(given, expected)) throw new HttpError(401, 'Invalid admin password', { contentType: null })
}

/**
 * Passes requests that name this machine as `localhost` or by address. For the password everybody knows: the owner of a
 * domain can point it at this machine, and a page from there, opened in a browser here, may then send anything.
 * @throws HttpError 403
 */
export function checkLocalHost(host: string | undefined): void {
  const name = (host ?? 'localhost').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
  if (name.toLowerCase() === 'localhost' || isIP(name) !== 0) return
  throw new HttpError(403, 'The default admin password is for localhost only: set admin.admin_password')
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
