import { LruMap } from '@pubky/pkarr'
import type { PreparedTarget, Route } from './transport.ts'

/** Milliseconds for which a place is used again. The look-ups behind it are remembered for longer. */
const LIFETIME_MS = 1_000
const MAX_PLACES = 256

/** A storage URL up to its owner: origin, then both. */
const STORAGE = /^(https?:\/\/[^/]*)\/storage\/[^/]*/

interface Place {
  readonly route: Route
  /** What stands before the path of the URLs to dial. */
  readonly origin: string
  readonly expiresAt: number
}

/**
 * Where the storage of an owner was found a moment ago. Finding it takes three look-ups whose answers are known, which
 * costs a busy program a twentieth of each request.
 */
export class KnownPlaces {
  readonly #places = new LruMap<string, Place>(MAX_PLACES)
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** The target of a storage URL whose owner was asked for lately. */
  find(url: string): PreparedTarget | undefined {
    const [key, asked] = STORAGE.exec(url) ?? []
    if (key === undefined || asked === undefined) return undefined
    const place = this.#places.peek(key)
    if (place === undefined || place.expiresAt <= this.#now()) return undefined
    const { carriesKey, site, fetch } = place.route
    return { route: { url: place.origin + url.slice(asked.length), carriesKey, site, fetch }, tenant: undefined }
  }

  /** Remembers the target of a URL if it is one of storage, and differs from the URL in its origin only. */
  keep(url: string, { route, tenant }: PreparedTarget): void {
    const [key, asked] = STORAGE.exec(url) ?? []
    if (key === undefined || asked === undefined || tenant !== undefined) return
    const path = url.slice(asked.length)
    if (!route.url.endsWith(path)) return
    const origin = route.url.slice(0, -path.length)
    this.#places.set(key, { route, origin, expiresAt: this.#now() + LIFETIME_MS })
  }

  clear(): void {
    this.#places.clear()
  }
}
