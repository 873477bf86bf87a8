/**
 * What `cookie-jar.ts` is where a browser keeps the cookies: it never shows them to scripts, so there is nothing to
 * keep, to add or to find.
 */

const NONE: ReadonlyMap<string, string> = new Map()

/** See `cookie-jar.ts`. */
export class CookieJar {
  store(_site: string, _headers: Headers): void {}

  cookies(_site: string): ReadonlyMap<string, string> {
    return NONE
  }
}

/** See `cookie-jar.ts`. */
export function withCookies(header: string | undefined, _cookies: ReadonlyMap<string, string>): string | undefined {
  return header
}

/** See `cookie-jar.ts`. */
export function setCookieValue(_headers: Headers, _name: string): string | undefined {
  return undefined
}
