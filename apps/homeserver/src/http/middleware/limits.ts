/** Stages 6 and 9 of spec 02 §2: request-count limits, and who meters the bodies. */

import type { LimitedRequest, LimitRefusal, RequestLimits } from '../../limits/request-limits.ts'
import type { UserBandwidth } from '../../limits/user-bandwidth.ts'
import type { ClientExchange } from '../client/client-exchange.ts'
import { HttpError } from '../kernel/http-error.ts'

const NO_ADDRESS = 'Missing client address for rate limiting'
const WRITE_METHODS = new Set(['PUT', 'POST', 'PATCH', 'DELETE'])

/** @throws HttpError 429 with `Retry-After`, 400 or 500 when a limit has nothing to count by */
export function takeRequest(exchange: ClientExchange, limits: RequestLimits): void {
  refuse(limits.take(limited(exchange)))
}

/** Limits by session, once that is known. @throws as {@link takeRequest} */
export function takeSessionRequest(exchange: ClientExchange, limits: RequestLimits): void {
  if (limits.hasSessionLimits) refuse(limits.takeBySession(limited(exchange)))
}

function limited({ method, target, website, path, client, tenant, session }: ClientExchange): LimitedRequest {
  return { method, path: target?.path ?? website?.file ?? path, client, tenant, user: session?.user }
}

function refuse(refusal: LimitRefusal | undefined): void {
  if (refusal === undefined) return
  switch (refusal.reason) {
    case 'no-user':
      throw new HttpError(400, 'Failed to extract user for rate limiting')
    case 'no-address':
      throw new HttpError(500, NO_ADDRESS)
    case 'limited':
      throw new HttpError(429, 'Rate limit exceeded', { headers: ['retry-after', String(refusal.retryAfterSeconds)] })
  }
}

/**
 * Chooses the one limiter of this request: the session user's, else the address's (spec 02 §12.5).
 * @throws HttpError 500 when the user's limits cannot be read
 */
export function selectThrottle(exchange: ClientExchange, bandwidth: UserBandwidth): Promise<void> | void {
  const { session } = exchange
  if (session !== undefined) {
    const direction = WRITE_METHODS.has(exchange.method) ? 'write' : 'read'
    const throttle = bandwidth.ofUser(session.user, direction)
    if (!(throttle instanceof Promise)) {
      exchange.throttle = throttle
      return undefined
    }
    return throttle.then(
      (resolved) => {
        exchange.throttle = resolved
      },
      (cause: unknown) => {
        throw new HttpError(500, 'Failed to resolve user limits', { cause })
      },
    )
  }
  if (!bandwidth.limitsStrangers) return undefined
  if (exchange.client === undefined) throw new HttpError(500, NO_ADDRESS)
  exchange.throttle = bandwidth.ofAddress(exchange.client.key)
  return undefined
}
