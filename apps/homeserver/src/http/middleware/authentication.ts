/** Stages 7 and 8 of spec 02 §2: which session a request carries. Neither ever refuses. */

import type { Session } from '../../accounts/session.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { ClientExchange } from '../client/client-exchange.ts'
import { cookieSecret } from '../client/cookies.ts'
import type { KeyTexts } from './key-texts.ts'
import { siteOfHost } from './website-host.ts'

const SCHEME = 'Bearer '
/** Values of `Sec-Fetch-Site` (W3C Fetch Metadata) with which pages of other origins make a browser ask. */
const OTHER_ORIGINS: ReadonlySet<string> = new Set(['cross-site', 'same-site'])
const TOKEN_BYTES = 43

/** Where cookies count. Bearers count everywhere: no browser sends them by itself. */
export interface CookiePolicy {
  /** Origins whose pages may use a visitor's cookies, beside the server's own; undefined: all, as upstream. */
  readonly origins: ReadonlySet<string> | undefined
  /** Whether cookies count at hosts that are websites, whose scripts could use them. */
  readonly onWebsiteHosts: boolean
}

/** Finds the session of a request: a bearer's, else that of a cookie (spec 02 §7.1). */
export class Authenticator {
  readonly #sessions: Pick<Sessions, 'fromBearer' | 'fromCookie'>
  readonly #policy: CookiePolicy
  readonly #keys: KeyTexts
  readonly #homeserver: string

  /** @param init.homeserver the server's own z32: its host is no website */
  constructor(init: {
    readonly sessions: Pick<Sessions, 'fromBearer' | 'fromCookie'>
    readonly policy: CookiePolicy
    readonly keys: KeyTexts
    readonly homeserver: string
  }) {
    this.#sessions = init.sessions
    this.#policy = init.policy
    this.#keys = init.keys
    this.#homeserver = init.homeserver
  }

  /** Attaches the session to the exchange. No promise if it is in memory, or there is none. */
  authenticate(exchange: ClientExchange): Promise<void> | void {
    const token = bearerToken(exchange)
    const found = token === undefined ? undefined : this.#sessions.fromBearer(token)
    if (found instanceof Promise) {
      return found.then((session) => {
        exchange.session = session
        return session === undefined ? this.#attachCookieSession(exchange) : undefined
      })
    }
    exchange.session = found
    return found === undefined ? this.#attachCookieSession(exchange) : undefined
  }

  /** The session of the cookie named after `user`, whatever the request's tenant is. */
  cookieSessionOf(exchange: ClientExchange, user: string): Session | undefined | Promise<Session | undefined> {
    const fields = exchange.headers('cookie')
    if (fields.length === 0 || !this.#acceptsCookies(exchange)) return undefined
    const secret = cookieSecret(fields, user)
    return secret === undefined ? undefined : this.#sessions.fromCookie(user, secret)
  }

  #attachCookieSession(exchange: ClientExchange): Promise<void> | void {
    if (exchange.tenant === undefined) return undefined
    const found = this.cookieSessionOf(exchange, exchange.tenant)
    if (found instanceof Promise) {
      return found.then((session) => {
        exchange.session = session
      })
    }
    exchange.session = found
    return undefined
  }

  #acceptsCookies(exchange: ClientExchange): boolean {
    const { origins, onWebsiteHosts } = this.#policy
    const { host } = exchange
    if (!onWebsiteHosts && host !== undefined && siteOfHost(host, this.#keys, this.#homeserver) !== undefined)
      return false
    return origins === undefined || isSameOrigin(exchange) || origins.has(exchange.header('origin') ?? '')
  }
}

/** Whether a request comes from a page of the host it goes to, or from no page of another one at all. */
export function isSameOrigin(exchange: ClientExchange): boolean {
  const origin = exchange.header('origin')
  // What pages embed and link comes without an origin, but browsers say that it comes from another one.
  if (origin === undefined) return !OTHER_ORIGINS.has(exchange.header('sec-fetch-site') ?? '')
  return exchange.host !== undefined && /^https?:\/\//.test(origin) && origin.endsWith(`//${exchange.host}`)
}

/** Whether a bearer is presented at all, usable or not. */
export function hasBearer(exchange: ClientExchange): boolean {
  return exchange.header('authorization')?.startsWith(SCHEME) === true
}

function bearerToken(exchange: ClientExchange): string | undefined {
  const authorization = exchange.header('authorization')
  if (authorization?.startsWith(SCHEME) !== true) return undefined
  const token = authorization.slice(SCHEME.length)
  return token.length === TOKEN_BYTES && /^[\x20-\x7e]*$/.test(token) ? token : undefined
}
