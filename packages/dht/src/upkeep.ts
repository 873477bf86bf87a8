import { BOOTSTRAP_RETRY_MAX_MS, BOOTSTRAP_RETRY_MIN_MS, PING_INTERVAL_MS, REFRESH_INTERVAL_MS } from './constants.ts'
import { randomIdAtDistance } from './node-id.ts'
import type { Lookups } from './query/lookups.ts'
import type { KnownNodes } from './routing-table/known-nodes.ts'

/** Buckets refreshed at one time, farthest first: those hold the most of the network. */
const MAX_BUCKETS_PER_REFRESH = 8

export interface UpkeepComponents {
  readonly nodes: Pick<KnownNodes, 'ownId' | 'size' | 'checkQuiet' | 'quietBuckets'>
  readonly lookups: Pick<Lookups, 'findNode'>
  /** Steady clock, milliseconds. */
  readonly now: () => number
  /** Whether there is anybody to enter the network through. */
  readonly canBootstrap: boolean
  /** Called with every round of pings: the place for other regular work. */
  readonly onRound: () => void
  /** Called after every refresh. */
  readonly onRefresh: () => void
}

/** Keeps the routing table alive: enters the network, pings the quiet, looks itself up, and enters again when alone. */
export class Upkeep implements Disposable {
  readonly #components: UpkeepComponents
  readonly #stop = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #entered = Promise.withResolvers<void>()
  #retry: NodeJS.Timeout | undefined
  #pause = BOOTSTRAP_RETRY_MIN_MS

  constructor(components: UpkeepComponents) {
    this.#components = components
  }

  /** Settles when the first attempt to enter the network has ended, with or without success. */
  get entered(): Promise<void> {
    return this.#entered.promise
  }

  start(): void {
    void this.#enter().then(this.#entered.resolve)
    this.#every(PING_INTERVAL_MS, async () => {
      this.#components.onRound()
      await this.#components.nodes.checkQuiet()
      this.#enterWhenAlone()
    })
    this.#every(REFRESH_INTERVAL_MS, () => this.#refresh())
  }

  /** Looks ourselves up, so that we know our neighbours and they know us. */
  async lookUpSelf(): Promise<void> {
    const { nodes, lookups } = this.#components
    await this.#quietly(() => lookups.findNode(nodes.ownId, this.#stop.signal))
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
    clearTimeout(this.#retry)
    for (const timer of this.#timers) clearInterval(timer)
    this.#entered.resolve()
  }

  async #enter(): Promise<void> {
    await this.lookUpSelf()
    this.#enterWhenAlone()
  }

  #enterWhenAlone(): void {
    const { nodes, canBootstrap } = this.#components
    if (nodes.size > 0) this.#pause = BOOTSTRAP_RETRY_MIN_MS
    if (nodes.size > 0 || !canBootstrap || this.#retry !== undefined || this.#stop.signal.aborted) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      void this.#enter()
    }, this.#pause)
    this.#retry.unref()
    this.#pause = Math.min(2 * this.#pause, BOOTSTRAP_RETRY_MAX_MS)
  }

  async #refresh(): Promise<void> {
    const { nodes, lookups, now, onRefresh } = this.#components
    await this.lookUpSelf()
    for (const distance of nodes.quietBuckets(now() - REFRESH_INTERVAL_MS).slice(0, MAX_BUCKETS_PER_REFRESH)) {
      const target = randomIdAtDistance(nodes.ownId, distance)
      await this.#quietly(() => lookups.findNode(target, this.#stop.signal))
    }
    if (!this.#stop.signal.aborted) onRefresh()
  }

  #every(milliseconds: number, work: () => Promise<void>): void {
    const timer = setInterval(() => void work(), milliseconds)
    timer.unref()
    this.#timers.push(timer)
  }

  /** Runs a lookup whose failure changes nothing: the next round tries again. */
  async #quietly(lookup: () => Promise<unknown>): Promise<void> {
    try {
      await lookup()
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
  }
}
