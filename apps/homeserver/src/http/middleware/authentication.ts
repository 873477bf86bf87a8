/** Stages 7 and 8 of spec 02 §2: which session a request carries. Neither ever refuses. */

import type { Session } from '../../accounts/session.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { ClientExchange } from '../client/client-exchange.ts'
import { cookieSecret } from '../client/cookies.ts'

const SCHEME = 'Bearer '
const TOKEN_BYTES = 43

/** Attaches the session of a bearer, else of the tenant's cookie (spec 02 §7.1). No promise if both are in memory. */
export function authenticate(exchange: ClientExchange, sessions: Sessions): Promise<void> | void {
  const token = bearerToken(exchange)
  const found = token === undefined ? undefined : sessions.fromBearer(token)
  if (found instanceof Promise) {
    return found.then((session) => {
      exchange.session = session
      return session === undefined ? fromCookie(exchange, sessions) : undefined
    })
  }
  exchange.session = found
  return found === undefined ? fromCookie(exchange, sessions) : undefined
}

/** Whether a bearer is presented at all, usable or not. */
export function hasBearer(exchange: ClientExchange): boolean {
  return exchange.header('authorization')?.startsWith(SCHEME) === true
}

/** The session of the cookie named after `user`, whatever the request's tenant is. */
export async function cookieSessionOf(
  exchange: ClientExchange,
  sessions: Sessions,
  user: string,
): Promise<Session | undefined> {
  const secret = cookieSecret(exchange.headers('cookie'), user)
  return secret === undefined ? undefined : sessions.fromCookie(user, secret)
}

function fromCookie(exchange: ClientExchange, sessions: Sessions): Promise<void> | void {
  if (exchange.tenant === undefined) return undefined
  const secret = cookieSecret(exchange.headers('cookie'), exchange.tenant)
  if (secret === undefined) return undefined
  const found = sessions.fromCookie(exchange.tenant, secret)
  if (found instanceof Promise) {
    return found.then((session) => {
      exchange.session = session
    })
  }
  exchange.session = found
  return undefined
}

function bearerToken(exchange: ClientExchange): string | undefined {
  const authorization = exchange.header('authorization')
  if (authorization?.startsWith(SCHEME) !== true) return undefined
  const token = authorization.slice(SCHEME.length)
  return token.length === TOKEN_BYTES && /^[\x20-\x7e]*$/.test(token) ? token : undefined
}
