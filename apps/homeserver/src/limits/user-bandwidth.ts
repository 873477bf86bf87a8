import type { DefaultQuota, User, Users } from '../accounts/users.ts'
import { BandwidthLimiter, type LimiterClock } from './bandwidth-limiter.ts'
import { parseBandwidthRate } from './bandwidth-rate.ts'

/** Meters a body for one caller. */
export type Meter = (bytes: number) => Promise<void> | void

/** Distinct (rate, burst) pairs whose limiters are kept. */
const MAX_LIMITERS = 1_000

/** Bandwidth of signed-in users and of strangers (spec 02 §12.5). Users with the same limit share a limiter. */
export class UserBandwidth {
  readonly #users: Pick<Users, 'recent' | 'find'>
  readonly #defaults: DefaultQuota
  readonly #clock: LimiterClock
  readonly #strangers: BandwidthLimiter | undefined
  readonly #limiters = new Map<string, BandwidthLimiter | undefined>()

  constructor(init: {
    readonly users: Pick<Users, 'recent' | 'find'>
    readonly defaults: DefaultQuota
    /** Rate of callers without a session, by address. */
    readonly unauthenticatedRate: string | undefined
    readonly clock: LimiterClock
  }) {
    this.#users = init.users
    this.#defaults = init.defaults
    this.#clock = init.clock
    this.#strangers =
      init.unauthenticatedRate === undefined ? undefined : this.#limiter('read', init.unauthenticatedRate, undefined)
  }

  get limitsStrangers(): boolean {
    return this.#strangers !== undefined
  }

  /** The meter of an address; undefined when strangers are not limited. */
  ofAddress(key: string): Meter | undefined {
    const limiter = this.#strangers
    return limiter === undefined ? undefined : (bytes) => limiter.take(key, bytes)
  }

  /** The meter of a user for one direction; undefined when there is no limit. No promise if the user is in memory. */
  ofUser(publicKey: string, direction: 'read' | 'write'): Meter | undefined | Promise<Meter | undefined> {
    const user = this.#users.recent(publicKey)
    if (user !== undefined) return this.#meter(user, direction)
    return this.#users
      .find(publicKey)
      .then((found) => (found === undefined ? undefined : this.#meter(found, direction)))
  }

  #meter(user: User, direction: 'read' | 'write'): Meter | undefined {
    const isRead = direction === 'read'
    const rate =
      (isRead ? user.quota.rateRead : user.quota.rateWrite) ?? this.#defaults[isRead ? 'rateRead' : 'rateWrite']
    if (rate === undefined || rate === 'unlimited') return undefined
    const burst =
      (isRead ? user.quota.rateReadBurst : user.quota.rateWriteBurst) ??
      this.#defaults[isRead ? 'rateReadBurst' : 'rateWriteBurst']
    const limiter = this.#limiter(direction, rate, burst)
    return limiter === undefined ? undefined : (bytes) => limiter.take(user.publicKey, bytes)
  }

  #limiter(direction: string, rate: string, burst: number | undefined): BandwidthLimiter | undefined {
    const name = `${direction} ${rate} ${burst ?? ''}`
    if (this.#limiters.has(name)) return this.#limiters.get(name)
    const parsed = parseBandwidthRate(rate)
    const limiter = parsed === undefined ? undefined : new BandwidthLimiter(parsed, burst, this.#clock)
    if (this.#limiters.size >= MAX_LIMITERS) this.#limiters.clear()
    this.#limiters.set(name, limiter)
    return limiter
  }
}
