/** Session cookies (spec 02 §9.15). */
import { isIP } from 'node:net'
import { COOKIE_LIFETIME } from '@pubky/protocol'
import { HttpError } from '../kernel/http-error.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'
import type { ClientExchange } from './client-exchange.ts'

const SECRET_BYTES = 26

/**
 * The host of a cookie route, without port: it decides the cookie's attributes.
 * @throws HttpError 400 with the framework's texts when it is missing or no authority
 */
export function cookieHost(exchange: ClientExchange): string {
  const { host } = exchange
  if (host === undefined) throw hostMissing()
  const [, name] = /^(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=-]+)(?::\d{0,5})?$/i.exec(host) ?? []
  if (name === undefined) throw new HttpError(400, 'invalid HTTP header (host)')
  return name
}

/** The refusal of a request without `Host`, in the framework's words. */
export function hostMissing(): HttpError {
  return new HttpError(400, 'Header of type `host` was missing')
}

/** Whether cookies for that host name (no port) are for HTTPS: a key, or a domain with a dot that is no address. */
export function isSecureHost(name: string, keys: KeyTexts): boolean {
  if (keys.fromAddress(name) !== undefined) return true
  // The URL parser knows every spelling of an address.
  const hostname = URL.parse(`http://${name}/`)?.hostname ?? ''
  return hostname.includes('.') && isIP(hostname) === 0
}

/** `Set-Cookie` of a new session. */
export function sessionCookie(user: string, secret: string, isSecure: boolean, nowMs: number): string {
  return cookie(user, secret, isSecure, COOKIE_LIFETIME, nowMs + COOKIE_LIFETIME * 1000)
}

/** `Set-Cookie` that removes the session. */
export function removalCookie(user: string, isSecure: boolean, nowMs: number): string {
  return cookie(user, '', isSecure, 0, nowMs - COOKIE_LIFETIME * 1000)
}

function cookie(name: string, value: string, isSecure: boolean, maxAge: number, expiresMs: number): string {
  const crossSite = isSecure ? '; SameSite=None; Secure' : ''
  return `${name}=${value}; HttpOnly${crossSite}; Path=/; Max-Age=${maxAge}; Expires=${new Date(expiresMs).toUTCString()}`
}

/** The secret under that cookie name: the last one of all `Cookie` fields, if it has the right length. */
export function cookieSecret(fields: readonly string[], name: string): string | undefined {
  let value: string | undefined
  for (const field of fields) value = lastCookie(field, name) ?? value
  if (value === undefined) return undefined
  const secret = value.includes('%') ? decoded(value) : value
  return secret !== undefined && Buffer.byteLength(secret) === SECRET_BYTES ? secret : undefined
}

/** The last value of that name in one field. */
function lastCookie(field: string, name: string): string | undefined {
  for (let at = field.lastIndexOf(name); at >= 0; at = at === 0 ? -1 : field.lastIndexOf(name, at - 1)) {
    let before = at - 1
    while (isSpace(field[before])) before--
    let equals = at + name.length
    while (isSpace(field[equals])) equals++
    if ((before >= 0 && field[before] !== ';') || field[equals] !== '=') continue
    const end = field.indexOf(';', equals)
    return field.slice(equals + 1, end < 0 ? undefined : end).trim()
  }
  return undefined
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
