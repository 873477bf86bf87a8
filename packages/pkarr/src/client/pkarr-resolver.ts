import type { PublicKey } from '@pubky/crypto'
import { PkarrError } from '../error.ts'
import { resolveFromAll } from '../network/resolve-from-all.ts'
import type { ResolvePolicy, ResolveTransport } from '../network/transport.ts'
import { type MicrosecondClock, wallMicroseconds } from '../packet/clock.ts'
import { DEFAULT_MAXIMUM_TTL, DEFAULT_MINIMUM_TTL } from '../packet/limits.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { AnswerMerge } from './answer-merge.ts'
import { Flights } from './flights.ts'
import { MemoryCache, type PacketCache } from './packet-cache.ts'

/** How a {@link PkarrResolver} reaches the network and how long it remembers. */
export interface PkarrResolverInit {
  /** Ways to the network, asked at the same time; at least one. */
  readonly transports: readonly ResolveTransport[]
  /** Default: the last 1000 packets in memory. */
  readonly cache?: PacketCache
  /** Seconds a packet counts as fresh at least, whatever its records say. Default 300. */
  readonly minimumTtl?: number
  /** Seconds a packet counts as fresh at most. Default 86400; raised to `minimumTtl`. 0: never fresh. */
  readonly maximumTtl?: number
  readonly now?: MicrosecondClock
}

/** Options of a look-up. */
export interface ResolveOptions {
  /** Default `CacheFirst`. */
  readonly policy?: ResolvePolicy
  readonly signal?: AbortSignal | undefined
}

/** The part of a client that looks keys up. */
export interface Resolver {
  /**
   * The packet of a key, or `undefined` if it has none.
   * @throws {PkarrError} `no-nodes`, `no-responses`, `no-usable-responses`, `unexpected-responses`: it cannot be told;
   *   `invalid-signed-packet`: what the key published last is no packet
   */
  resolve(key: PublicKey, options?: ResolveOptions): Promise<SignedPacket | undefined>
}

/**
 * Resolves signed packets through relays, the DHT, or both (spec 04 §3): all that pages need.
 */
export class PkarrResolver implements Resolver {
  readonly minimumTtl: number
  readonly maximumTtl: number
  readonly #transports: readonly ResolveTransport[]
  protected readonly cache: PacketCache
  protected readonly now: MicrosecondClock
  readonly #lookUps = new Flights<SignedPacket | undefined>()

  /** @throws {PkarrError} `no-network` without a transport */
  constructor(init: PkarrResolverInit) {
    if (init.transports.length === 0) {
      throw new PkarrError('no-network', 'client configured without DHT client or relays')
    }
    this.#transports = init.transports
    this.cache = init.cache ?? new MemoryCache()
    this.minimumTtl = init.minimumTtl ?? Math.min(DEFAULT_MINIMUM_TTL, init.maximumTtl ?? DEFAULT_MINIMUM_TTL)
    this.maximumTtl = Math.max(init.maximumTtl ?? DEFAULT_MAXIMUM_TTL, this.minimumTtl)
    this.now = init.now ?? wallMicroseconds
  }

  async resolve(key: PublicKey, options: ResolveOptions = {}): Promise<SignedPacket | undefined> {
    const policy = options.policy ?? 'CacheFirst'
    options.signal?.throwIfAborted()
    const lookUp = () =>
      this.#lookUps.join(`${policy} ${key.z32()}`, options.signal, (shared) => this.#lookUp(key, policy, shared))
    if (policy === 'NetworkOnly') return lookUp()
    const cached = this.cache.get(key)
    if (cached !== undefined && (policy === 'CacheOnly' || this.isFresh(cached))) return cached
    const found = await lookUp()
    // Meanwhile this client may have published something newer than what the network knew when it was asked.
    const newer = this.cache.get(key)
    if (newer === undefined || !this.isFresh(newer)) return found
    return found === undefined || newer.isMoreRecentThan(found) ? newer : found
  }

  /** The packet in the cache, expired or not, without asking anybody. */
  cached(key: PublicKey): SignedPacket | undefined {
    return this.cache.get(key)
  }

  /** Whether a packet was seen recently enough to be used without asking (spec 04 §1.9). */
  isFresh(packet: SignedPacket): boolean {
    return packet.expiresIn(this.minimumTtl, this.maximumTtl, this.now()) > 0
  }

  /** Resolves with the first answer that will do; what comes later still goes to the cache. */
  #lookUp(key: PublicKey, policy: ResolvePolicy, shared: AbortSignal): Promise<SignedPacket | undefined> {
    const floor = policy === 'NetworkOnly' ? undefined : this.cache.get(key)
    const merge = new AnswerMerge(floor, policy === 'CacheFirst' ? (packet) => this.#isAcceptable(packet) : () => true)
    const drain = async (signal: AbortSignal, endWith: (packet: SignedPacket | undefined) => void) => {
      const query = { policy, known: floor?.timestamp, signal }
      for await (const answer of resolveFromAll(this.#transports, key, query)) {
        const packet = merge.add(answer)
        if (packet === undefined) continue
        this.keep(packet)
        if (policy !== 'NetworkOnly' && merge.mayEndWith(packet)) endWith(packet)
      }
      endWith(merge.result())
    }
    return new Promise((resolve, reject) => {
      this.run(shared, (signal) => drain(signal, resolve)).catch(reject)
    })
  }

  /** Runs what ends with `signal`; it may go on after its caller has an answer. */
  protected run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return work(signal)
  }

  /** Takes a packet from the network into the cache. */
  protected keep(packet: SignedPacket): void {
    this.cache.put(packet)
  }

  /** An answer of this very second is as fresh as one can get, even if its records allow no caching. */
  #isAcceptable(packet: SignedPacket): boolean {
    return this.maximumTtl === 0 || packet.elapsedSeconds(this.now()) === 0 || this.isFresh(packet)
  }
}
