import { isIP } from 'node:net'
import {
  createClientIdentifier,
  type IncomingPeer,
  parseQuota,
  type Quota,
  type RateDecision,
  RateLimiter,
} from '@pubky/server-kit'
import { Refusal } from './refusal.ts'

/** One token bucket per client. */
export interface BucketSize {
  readonly quota: Quota
  /** Default: the count of the quota. */
  readonly burst?: number | undefined
}

/** Limits of a relay, spec 04 §2.5. */
export interface LimitsInit {
  /** Every request but preflights. */
  readonly requests: BucketSize
  /** Requests for which the relay asks the DHT. */
  readonly dhtRequests: BucketSize
  /** What the relay's own DHT node answers to one peer. A node that somebody else owns has its own limit. */
  readonly dhtQueries?: BucketSize
  /** Whether a proxy stands in front, whose word about the client's address counts. */
  readonly behindProxy?: boolean
  /** The proxies that are believed. Default: those on this machine and in private networks. */
  readonly trustedProxies?: readonly string[]
}

/** What official relays allow without a configuration file. */
export const DEFAULT_LIMITS: LimitsInit = {
  requests: { quota: parseQuota('2r/s') },
  dhtRequests: { quota: parseQuota('2r/s') },
  dhtQueries: { quota: parseQuota('2r/s') },
}

/** Loopback, private and link-local networks. */
const NEAR_NETWORKS: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]

/** Counts what clients ask for. IPv6 clients count by their /64 network. */
export class Limits {
  readonly #identify: (peer: IncomingPeer) => string | undefined
  readonly #requests: RateLimiter
  readonly #dhtRequests: RateLimiter

  /** @throws {ServerKitError} `network` for a proxy that is no network */
  constructor(init: LimitsInit) {
    const trustedProxies = init.behindProxy === true ? (init.trustedProxies ?? NEAR_NETWORKS) : []
    const identify = createClientIdentifier({ trustedProxies })
    this.#identify = (peer) => identify(withForwardedFor(peer))?.key
    this.#requests = new RateLimiter(init.requests)
    this.#dhtRequests = new RateLimiter(init.dhtRequests)
  }

  /** @throws {Refusal} 500 when the request has no address any more */
  clientOf(peer: IncomingPeer): string {
    const client = this.#identify(peer)
    if (client === undefined) throw new Refusal(500, 'Unable To Extract Key!')
    return client
  }

  /** Counts a request. */
  takeRequest(client: string): RateDecision {
    return this.#requests.take(client)
  }

  /** Counts a request that needs the DHT. @throws {Refusal} 429 */
  takeDhtRequest(client: string): void {
    const { allowed, retryAfterSeconds } = this.#dhtRequests.take(client)
    if (!allowed) {
      throw new Refusal(429, 'Too many requests to DHT nodes', { 'retry-after': String(retryAfterSeconds) })
    }
  }
}

/** Proxies that say the client's address in another header than `X-Forwarded-For`, in official order. */
function withForwardedFor(peer: IncomingPeer): IncomingPeer {
  const { headers } = peer
  if (headers['x-forwarded-for'] !== undefined) return peer
  const real = headers['x-real-ip'] ?? forwardedFor(headers.forwarded)
  return real === undefined ? peer : { socket: peer.socket, headers: { 'x-forwarded-for': real } }
}

/**
 * The addresses in the `for` parameters of a `Forwarded` header, RFC 7239. The pattern looks at each character once or
 * twice: everybody can send the header, as long as they like.
 */
function forwardedFor(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(',') : header
  const found = [...(text ?? '').matchAll(/(?:^|[;,\s])for="?(?:\[([^[\]]+)\]|([0-9.]+))/gi)]
  const addresses = found.map((match) => match[1] ?? match[2] ?? '').filter((address) => isIP(address) !== 0)
  return addresses.length === 0 ? undefined : addresses.join(',')
}
