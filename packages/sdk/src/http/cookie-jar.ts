interface StoredCookie {
  readonly value: string
  /** Unix milliseconds; undefined lives as long as the jar. */
  readonly expiresAt: number | undefined
}

const NONE: ReadonlyMap<string, string> = new Map()

/**
 * The cookies of one client where the platform keeps none (Node). Browsers never show `Set-Cookie`, so there the jar
 * stays empty. Cookies are kept per site: none ever reaches another server, port included.
 */
export class CookieJar {
  readonly #sites = new Map<string, Map<string, StoredCookie>>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Remembers what an answer sets; a cookie that expires at once is forgotten. */
  store(site: string, headers: Headers): void {
    for (const line of headers.getSetCookie?.() ?? []) {
      const cookie = parseSetCookie(line, this.#now())
      if (cookie === undefined) continue
      const cookies = this.#sites.get(site) ?? new Map<string, StoredCookie>()
      this.#sites.set(site, cookies)
      if (cookie.expiresAt !== undefined && cookie.expiresAt <= this.#now()) cookies.delete(cookie.name)
      else cookies.set(cookie.name, cookie)
    }
  }

  /** The live cookies of a site as name-value pairs. */
  cookies(site: string): ReadonlyMap<string, string> {
    const stored = this.#sites.get(site)
    if (stored === undefined) return NONE
    const live = new Map<string, string>()
    for (const [name, cookie] of stored) {
      if (cookie.expiresAt === undefined || cookie.expiresAt > this.#now()) live.set(name, cookie.value)
    }
    return live
  }
}

/** The `cookie` header of a request with cookies added; values already in it win. */
export function withCookies(header: string | undefined, cookies: ReadonlyMap<string, string>): string | undefined {
  if (cookies.size === 0) return header
  if (cookies.size === 1 && header !== undefined) {
    // The session's own cookie, which the jar has seen too: the most frequent case by far.
    for (const [name, value] of cookies) if (header === `${name}=${value}`) return header
  }
  const pairs = header === undefined ? [] : [header]
  const names = new Set(header?.split(';').map((pair) => pair.split('=', 1)[0]?.trim()))
  for (const [name, value] of cookies) if (!names.has(name)) pairs.push(`${name}=${value}`)
  return pairs.join('; ')
}

/** The value of the cookie called `name` that an answer sets, where the platform shows it. */
export function setCookieValue(headers: Headers, name: string): string | undefined {
  for (const line of headers.getSetCookie?.() ?? []) {
    const cookie = parseSetCookie(line, 0)
    if (cookie?.name === name && cookie.value !== '') return cookie.value
  }
  return undefined
}

function parseSetCookie(line: string, now: number): (StoredCookie & { readonly name: string }) | undefined {
  const [pair = '', ...attributes] = line.split(';')
  const equals = pair.indexOf('=')
  if (equals < 1) return undefined
  const expiry = new Map(
    attributes.map((attribute): [string, string] => {
      const [key = '', ...value] = attribute.split('=')
      return [key.trim().toLowerCase(), value.join('=').trim()]
    }),
  )
  return {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    expiresAt: expiryOf(expiry, now),
  }
}

/** `Max-Age` beats `Expires` (RFC 6265 §5.3). */
function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? undefined : expires
}
