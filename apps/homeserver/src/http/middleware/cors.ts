/** Cross-origin rules of the client API (spec 02 §3): every origin is mirrored, credentials are on. */
import { CORS_VARY } from '@pubky/server-kit'
import type { Exchange, Fields } from '../kernel/exchange.ts'

/** Upstream's three names first, in its order; then what browsers could not read without us. */
const EXPOSED = 'retry-after,lock-token,timeout,etag,content-length,accept-ranges,content-range'

const WITHOUT_ORIGIN: Fields = [
  ...['access-control-allow-credentials', 'true'],
  ...['access-control-expose-headers', EXPOSED],
  ...['vary', CORS_VARY],
]

/** Fields of an answer that is no preflight. `Vary` is a field of its own, behind the handler's. */
export function corsFields(origin: string | undefined): Fields {
  return origin === undefined ? WITHOUT_ORIGIN : [...WITHOUT_ORIGIN, 'access-control-allow-origin', origin]
}

/** Answers an `OPTIONS` request: what it asks for is what is allowed. */
export function answerPreflight(exchange: Exchange, allow: string): void {
  const fields = ['access-control-allow-credentials', 'true', 'vary', CORS_VARY, 'allow', allow]
  const method = exchange.header('access-control-request-method')
  const headers = exchange.header('access-control-request-headers')
  const origin = exchange.header('origin')
  if (method !== undefined) fields.push('access-control-allow-methods', method)
  if (headers !== undefined) fields.push('access-control-allow-headers', headers)
  if (origin !== undefined) fields.push('access-control-allow-origin', origin)
  exchange.empty(200, fields)
}
