import { type CorsPolicy, corsHeaders, type NodeBindings, preflightHeaders, type RateDecision } from '@pubky/server-kit'
import type { Context } from 'hono'

/** Lower-case names. */
export type HeaderRecord = Readonly<Record<string, string>>

/** What routes of the relay know of a request. */
export interface RelayEnv {
  Bindings: NodeBindings
  Variables: {
    /** Who asks, for limits; unset when nothing is limited. */
    client: string | undefined
    /** What the request limit said, unless there is none. */
    decision: RateDecision | undefined
  }
}

/**
 * Pages of every origin may use a relay. No cookies exist here, so none are asked for; without the exposed headers a
 * page would take every answer for brand new (spec 04 §2.4, Better).
 */
const CORS: CorsPolicy = {
  credentials: false,
  exposeHeaders: [
    'pkarr-invalid-signed-packet-seq',
    'pkarr-dht-stored-nodes',
    'memento-datetime',
    'last-modified',
    'retry-after',
    'x-ratelimit-after',
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
  ],
  maxAgeSeconds: 86_400,
}

const WITHOUT_ORIGIN = corsHeaders(CORS, undefined)

/** Body of texts, as every official answer of the kind has it. */
const TEXT_TYPE = 'text/plain; charset=utf-8'

/** An answer with the headers that all answers have. */
export function reply(
  c: Context<RelayEnv>,
  status: number,
  headers: HeaderRecord = {},
  body: string | Uint8Array<ArrayBuffer> | null = '',
): Response {
  const origin = c.req.header('origin')
  const decision = c.get('decision')
  const all: Record<string, string> = { ...WITHOUT_ORIGIN, ...headers }
  if (origin !== undefined) all['access-control-allow-origin'] = origin
  if (decision !== undefined) {
    all['x-ratelimit-limit'] = String(decision.limit)
    all['x-ratelimit-remaining'] = String(decision.remaining)
  }
  if (body === '') all['content-length'] = '0'
  return new Response(body, { status, headers: all })
}

/** A text, or an empty answer without a type for the empty text. */
export function textReply(c: Context<RelayEnv>, status: number, text: string, headers: HeaderRecord = {}): Response {
  return reply(c, status, text === '' ? headers : { 'content-type': TEXT_TYPE, ...headers }, text)
}

/** The answer to `OPTIONS`: whatever was asked for is allowed. */
export function preflightReply(c: Context<RelayEnv>, allow: string | undefined): Response {
  const headers = preflightHeaders(CORS, {
    origin: c.req.header('origin'),
    requestMethod: c.req.header('access-control-request-method'),
    requestHeaders: c.req.header('access-control-request-headers'),
  })
  const allowed = allow === undefined ? {} : { allow }
  return new Response('', { status: 200, headers: { ...headers, ...allowed, 'content-length': '0' } })
}
