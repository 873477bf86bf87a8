import type { MiddlewareHandler } from 'hono'

/** How a server lets web pages of other origins in. */
export interface CorsPolicy {
  /** Response headers that pages may read, in this order. */
  readonly exposeHeaders?: readonly string[]
  /** Whether pages may send cookies along. Default `true`, as every official client expects. */
  readonly credentials?: boolean
  /** Origins that are let in; default: each origin is mirrored. */
  readonly origins?: readonly string[]
  /** How long browsers may remember a preflight; default: header not sent. */
  readonly maxAgeSeconds?: number
}

/** The request headers that decide; values as sent. */
export interface CorsRequest {
  readonly origin: string | undefined
  readonly requestMethod: string | undefined
  readonly requestHeaders: string | undefined
}

/** `Vary` of every answer of a server with CORS (spec 02 §3). */
export const CORS_VARY = 'origin, access-control-request-method, access-control-request-headers'

/** A route's own `Vary` with the CORS names behind it: one field, the route's names first (spec 02 §19 item 2). */
export function varyWithCors(value: string): string {
  return `${value}, ${CORS_VARY}`
}

/** CORS headers of an answer that is not a preflight, as lower-case name → value (spec 02 §3, 04 §2.4, 06 §6). */
export function corsHeaders(policy: CorsPolicy, origin: string | undefined): Record<string, string> {
  const headers = originHeaders(policy, origin)
  if (policy.exposeHeaders !== undefined && policy.exposeHeaders.length > 0) {
    headers['access-control-expose-headers'] = policy.exposeHeaders.join(',')
  }
  return headers
}

/** CORS headers of the answer to an `OPTIONS` request: what was asked for is what is allowed. */
export function preflightHeaders(policy: CorsPolicy, request: CorsRequest): Record<string, string> {
  const headers = originHeaders(policy, request.origin)
  if (request.requestMethod !== undefined) headers['access-control-allow-methods'] = request.requestMethod
  if (request.requestHeaders !== undefined) headers['access-control-allow-headers'] = request.requestHeaders
  if (policy.maxAgeSeconds !== undefined) headers['access-control-max-age'] = String(policy.maxAgeSeconds)
  return headers
}

/**
 * Hono middleware that mirrors the origin and answers each `OPTIONS` request with 200 and no body. Headers are set
 * before the route runs, so an answer made with `c.body`, `c.text`, … carries them at no extra cost; an answer made with
 * `new Response` does not and has to add {@link corsHeaders} itself. A route that sets `Vary` uses {@link varyWithCors}.
 *
 * @param allow the `Allow` value of a preflight for this path, if any
 */
export function corsMirror(policy: CorsPolicy = {}, allow?: (path: string) => string | undefined): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header('origin')
    if (c.req.method !== 'OPTIONS') {
      const headers = corsHeaders(policy, origin)
      for (const name in headers) c.header(name, headers[name])
      return next()
    }
    const headers = preflightHeaders(policy, {
      origin,
      requestMethod: c.req.header('access-control-request-method'),
      requestHeaders: c.req.header('access-control-request-headers'),
    })
    const allowed = allow?.(c.req.path)
    if (allowed !== undefined) headers.allow = allowed
    return c.body(null, 200, headers)
  }
}

function originHeaders(policy: CorsPolicy, origin: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { vary: CORS_VARY }
  const isAllowed = policy.origins === undefined || (origin !== undefined && policy.origins.includes(origin))
  if (policy.credentials !== false && isAllowed) headers['access-control-allow-credentials'] = 'true'
  if (origin !== undefined && isAllowed) headers['access-control-allow-origin'] = origin
  return headers
}
