import { ASSUMED_NETWORK_SIZE, ASSUMED_SUBNETS, K, MAX_REMEMBERED_LOOKUPS } from '../constants.ts'
import type { Contact } from '../routing-table/contact.ts'
import type { ClosestSetGoal } from './closest-set.ts'
import { distance128, edgeDistance, estimateDeviation, estimateNetworkSize } from './size-estimate.ts'

/** How many nodes the network seems to have. */
export interface SizeEstimate {
  readonly nodes: number
  /** Relative standard deviation: 0.1 for ±10 %, 1 while no lookup has finished. */
  readonly deviation: number
}

/**
 * What finished lookups tell about the network. Sizes are joined by their median, not their mean as in official nodes:
 * one lookup of a target that somebody crowds with ids has an estimate beyond all measure, and a mean would carry it into
 * every later lookup.
 */
export class NetworkEstimate {
  readonly #sizes = new Samples()
  readonly #responderSizes = new Samples()
  readonly #subnets = new Samples()

  /** Adds a finished lookup: all nodes it saw, and those that answered, each closest first. */
  add(target: Uint8Array, seen: readonly Contact[], responders: readonly Contact[]): void {
    if (seen.length > 0) this.#sizes.add(sizeOf(target, seen))
    if (responders.length === 0) return
    this.#responderSizes.add(sizeOf(target, responders))
    this.#subnets.add(new Set(responders.slice(0, K).map((node) => node.ip >>> 26)).size)
  }

  get size(): SizeEstimate {
    return { nodes: Math.round(this.#sizes.median() ?? 0), deviation: estimateDeviation(this.#sizes.count) }
  }

  /** How far lookups and puts must walk. Counts only nodes that answered: those are harder to make up than names. */
  get goal(): ClosestSetGoal {
    return {
      edge: edgeDistance(this.#responderSizes.median() ?? ASSUMED_NETWORK_SIZE),
      subnets: Math.floor(this.#subnets.mean() ?? ASSUMED_SUBNETS),
    }
  }
}

function sizeOf(target: Uint8Array, nodes: readonly Contact[]): number {
  return estimateNetworkSize(nodes.slice(0, K).map((node) => distance128(target, node.id)))
}

/** The last measurements of a kind. */
class Samples {
  readonly #values: number[] = []
  #next = 0
  #median: number | undefined

  get count(): number {
    return this.#values.length
  }

  add(value: number): void {
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % MAX_REMEMBERED_LOOKUPS
    this.#median = undefined
  }

  median(): number | undefined {
    this.#median ??= this.#values.toSorted((a, b) => a - b)[this.#values.length >> 1]
    return this.#median
  }

  mean(): number | undefined {
    if (this.#values.length === 0) return undefined
    return this.#values.reduce((sum, value) => sum + value, 0) / this.#values.length
  }
}
