import { hexEncode, type PublicKey } from '@pubky/crypto'
import { publishToAll } from '../network/group.ts'
import { publishFailure } from '../network/publish-failures.ts'
import type { PublishOptions, PublishReceipt, Transport } from '../network/transport.ts'
import { checkPublishable } from '../packet/publishable.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { Flights } from './flights.ts'
import { LruMap } from './lru.ts'
import { Operations } from './operations.ts'
import { PkarrResolver, type PkarrResolverInit, type ResolveOptions } from './pkarr-resolver.ts'

/** How a {@link PkarrClient} reaches the network and how long it remembers. */
export interface PkarrClientInit extends PkarrResolverInit {
  /** Ways to the network, asked and told at the same time; at least one. */
  readonly transports: readonly Transport[]
  /** Seconds after its expiry in which a packet is still given out, while a fresh one is fetched. Default 0. */
  readonly staleWhileRevalidate?: number
  /** Milliseconds for which "there is no packet" is remembered. Default 0; publishing the key forgets it. */
  readonly negativeTtlMs?: number
}

/** Keys remembered as absent at once, when that is switched on. */
const NEGATIVE_CACHE_SIZE = 10_000

/** Publishes and resolves signed packets through relays, the DHT, or both (spec 04 §3). Dispose it when done. */
export class PkarrClient extends PkarrResolver implements AsyncDisposable {
  readonly #transports: readonly Transport[]
  readonly #staleWhileRevalidate: number
  readonly #negativeTtl: bigint
  /** Until when a key counts as absent, in microseconds. */
  readonly #absentUntil = new LruMap<string, bigint>(NEGATIVE_CACHE_SIZE)
  readonly #operations = new Operations()
  readonly #publishes = new Flights<PublishReceipt>()
  readonly #lastPublish = new Map<string, Promise<void>>()

  /** @throws {PkarrError} `no-network` without a transport */
  constructor(init: PkarrClientInit) {
    super(init)
    this.#transports = init.transports
    this.#staleWhileRevalidate = init.staleWhileRevalidate ?? 0
    this.#negativeTtl = BigInt(init.negativeTtlMs ?? 0) * 1000n
  }

  override async resolve(key: PublicKey, options: ResolveOptions = {}): Promise<SignedPacket | undefined> {
    const { policy = 'CacheFirst', signal } = options
    if (policy !== 'CacheFirst') return await this.#lookUp(key, options)
    signal?.throwIfAborted()
    const cached = this.cache.get(key)
    if (cached !== undefined && this.#isUsableWhileStale(cached)) {
      this.#lookUp(key, { policy }).catch(() => {}) // A failure only means that the next caller waits.
      return cached
    }
    const isFresh = cached !== undefined && this.isFresh(cached)
    return isFresh || !this.#isKnownAbsent(key) ? await this.#lookUp(key, options) : undefined
  }

  /**
   * Publishes a packet through all transports and waits for all of them. Publishes of one key run one after the other;
   * the same packet given twice at the same time is sent once.
   *
   * @param options.expectPrevious timestamp of the packet this one was made from: if the network has another one by
   *   now, nothing is published
   * @throws {PkarrError} `not-most-recent` (with `seq`, where known), `rejected`, `no-nodes`, `no-responses`,
   *   `unexpected-responses`; `invalid-timestamp` for a packet dated more than a day ahead
   */
  async publish(
    packet: SignedPacket,
    options: { readonly expectPrevious?: bigint | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<PublishReceipt> {
    checkPublishable(packet, this.now())
    const key = packet.publicKey.z32()
    const { expectPrevious } = options
    const flight = `${key} ${hexEncode(packet.signature)} ${expectPrevious ?? ''}`
    return this.#publishes.join(flight, options.signal, (shared) => {
      const previous = this.#lastPublish.get(key)
      const publishing = this.#operations.run(shared, async (signal) => {
        await previous
        return await this.#publish(packet, { cas: expectPrevious, signal })
      })
      const forget = () => {
        if (this.#lastPublish.get(key) === done) this.#lastPublish.delete(key)
      }
      const done: Promise<void> = publishing.then(forget, forget)
      this.#lastPublish.set(key, done)
      return publishing
    })
  }

  /** Ends everything that runs, look-ups in the background included. The transports stay open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#operations[Symbol.asyncDispose]()
  }

  protected override run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#operations.run(signal, work)
  }

  async #lookUp(key: PublicKey, options: ResolveOptions): Promise<SignedPacket | undefined> {
    const packet = await super.resolve(key, options)
    if (packet === undefined && options.policy !== 'CacheOnly' && this.#negativeTtl > 0n) {
      this.#absentUntil.set(key.z32(), this.now() + this.#negativeTtl)
    }
    return packet
  }

  protected override keep(packet: SignedPacket): void {
    super.keep(packet)
    this.#absentUntil.delete(packet.publicKey.z32())
  }

  /** Whether a packet has expired, but not long ago. */
  #isUsableWhileStale(packet: SignedPacket): boolean {
    if (this.#staleWhileRevalidate === 0 || this.isFresh(packet)) return false
    return packet.elapsedSeconds(this.now()) < packet.ttl(this.minimumTtl, this.maximumTtl) + this.#staleWhileRevalidate
  }

  #isKnownAbsent(key: PublicKey): boolean {
    const until = this.#absentUntil.get(key.z32())
    return until !== undefined && this.now() < until
  }

  async #publish(packet: SignedPacket, options: PublishOptions): Promise<PublishReceipt> {
    options.signal.throwIfAborted()
    const key = packet.publicKey
    const known =
      options.cas === undefined
        ? this.cache.get(key)
        : await this.resolve(key, { policy: 'NetworkOnly', signal: options.signal })
    const isForeign = options.cas !== undefined && known !== undefined && known.timestamp !== options.cas
    if (known !== undefined && !known.isSameAs(packet) && (isForeign || known.isMoreRecentThan(packet))) {
      throw publishFailure('not-most-recent', { seq: known.timestamp })
    }
    const receipt = await publishToAll(this.#transports, packet, options)
    this.keep(packet.withLastSeen(this.now()))
    return receipt
  }
}
