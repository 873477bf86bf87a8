import type { IncomingMessage } from 'node:http'
import { createClientIdentifier, type Quota, RateLimiter } from '@pubky/server-kit'
import { type Reply, reply } from './reply.ts'

/** What one address may do; upstream has no such limits (spec 06 §4.10). */
export interface AddressLimitOptions {
  /** Messages per address; `undefined` for no limit. */
  readonly postQuota: Quota | undefined
  /** Requests of one address that wait at the same time. */
  readonly maxWaits: number
  /** Networks of proxies whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[]
}

/** Counts messages and waits by client address, IPv6 by /64. */
export class AddressLimits {
  readonly #identify: ReturnType<typeof createClientIdentifier>
  readonly #posts: RateLimiter | undefined
  readonly #maxWaits: number
  readonly #waits = new Map<string, number>()

  /** @throws ServerKitError `network`: a trusted proxy is not a network */
  constructor(options: AddressLimitOptions) {
    this.#identify = createClientIdentifier({ trustedProxies: options.trustedProxies })
    this.#posts = options.postQuota === undefined ? undefined : new RateLimiter({ quota: options.postQuota })
    this.#maxWaits = options.maxWaits
  }

  /** The refusal of a message that is one too many for its sender. */
  refusePost(request: IncomingMessage): Reply | undefined {
    const decision = this.#posts?.take(this.#keyOf(request))
    if (decision === undefined || decision.allowed) return undefined
    return reply(429, 'Too many messages', { 'retry-after': String(decision.retryAfterSeconds) })
  }

  /** Runs a request that may wait, unless its sender already waits in too many. */
  async whileWaiting(request: IncomingMessage, run: () => Promise<Reply>): Promise<Reply> {
    const key = this.#keyOf(request)
    const waits = this.#waits.get(key) ?? 0
    if (waits >= this.#maxWaits) return reply(429, 'Too many waiting requests', { 'retry-after': '1' })
    this.#waits.set(key, waits + 1)
    try {
      return await run()
    } finally {
      const left = (this.#waits.get(key) ?? 1) - 1
      if (left > 0) this.#waits.set(key, left)
      else this.#waits.delete(key)
    }
  }

  #keyOf(request: IncomingMessage): string {
    return this.#identify(request)?.key ?? ''
  }
}
