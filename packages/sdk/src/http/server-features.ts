import { readBounded } from '@pubky/pkarr'
import { discard } from './discard.ts'
import { ExpiringMap } from './expiring-map.ts'

/** Names in `GET /info` that change what this SDK sends (spec 02 §9.2). */
export type ServerFeature = 'path-addressed-storage' | 'grant-proof-logout' | (string & {})

/** How long an answer of `/info` is believed. */
const INFO_LIFETIME_MS = 60_000
/** How long `/info` may take. */
export const INFO_TIMEOUT_MS = 5_000

const MAX_BODY_BYTES = 16 * 1024
const MAX_SERVERS = 256

/** Asks one homeserver for `/info`; rejects when it cannot be reached. */
export type InfoRequest = (homeserver: string) => Promise<Response>

/**
 * What homeservers can do, asked once a minute per server (spec 05 §4.4). A server that does not answer properly has
 * no features for that minute. Callers that ask at the same time share one request.
 */
export class ServerFeatures {
  readonly #servers: ExpiringMap<ReadonlySet<string>>
  readonly #request: InfoRequest

  constructor(request: InfoRequest, now: () => number = Date.now) {
    this.#request = request
    this.#servers = new ExpiringMap(INFO_LIFETIME_MS, MAX_SERVERS, now)
  }

  /** The features of a homeserver given by its z-base-32 key. Never rejects. */
  of(homeserver: string): Promise<ReadonlySet<string>> {
    return this.#servers.get(homeserver, () => this.#ask(homeserver))
  }

  async #ask(homeserver: string): Promise<ReadonlySet<string>> {
    try {
      const response = await this.#request(homeserver)
      if (!response.ok) {
        await discard(response)
        return new Set()
      }
      return parseFeatures(await readBounded(response, MAX_BODY_BYTES))
    } catch {
      return new Set()
    }
  }
}

function parseFeatures(body: Uint8Array | undefined): ReadonlySet<string> {
  if (body === undefined) return new Set()
  const info: unknown = JSON.parse(new TextDecoder().decode(body))
  if (typeof info !== 'object' || info === null || !('features' in info)) return new Set()
  const { features } = info
  if (!Array.isArray(features) || !features.every((feature) => typeof feature === 'string')) return new Set()
  return new Set<string>(features)
}
