/** `GET /signup_tokens/{token}`: whether an invitation is still good (spec 02 §9.3). */
import { ProtocolError, percentDecodePath } from '@pubky/protocol'
import { HttpError } from '../kernel/http-error.ts'
import type { Route } from '../kernel/route.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'

export function signupTokenRoutes({ core }: ClientServices): readonly Route<ClientExchange>[] {
  return [
    {
      path: '/signup_tokens/{token}',
      allow: 'GET',
      headLikeGet: false,
      operations: {
        GET: {
          summary: 'State of a sign-up token',
          responses: {
            200: 'JSON with `status` and `created_at`',
            400: 'Not a token, or none is needed',
            404: 'Unknown token',
          },
          async handle(exchange) {
            const { status, createdAt } = await core.signupTokens.status(decodeParameter(exchange, 'token'))
            const answer = { status, created_at: formatTime(createdAt) }
            exchange.json(200, answer, ['cache-control', 'no-store'])
          },
        },
      },
    },
  ]
}

/**
 * The decoded value of the route's path parameter.
 * @throws HttpError 400 with the framework's text when it is not UTF-8
 */
export function decodeParameter(exchange: { readonly parameter: string }, name: string): string {
  try {
    return percentDecodePath(exchange.parameter)
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new HttpError(400, `Invalid URL: Invalid UTF-8 in \`${name}\``, { cause })
  }
}

/** RFC 3339 in UTC with as many fraction digits as needed: 0, 3 or 6. @param at microseconds since the epoch */
export function formatTime(at: number, zone = '+00:00'): string {
  const seconds = new Date(Math.floor(at / 1000)).toISOString().slice(0, 19)
  const micros = at % 1_000_000
  if (micros === 0) return `${seconds}${zone}`
  const digits = String(micros).padStart(6, '0')
  return `${seconds}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}${zone}`
}
