import type { NodeAddress } from '../address.ts'
import { ADDRESS_QUORUM, REACHABILITY_QUORUM } from '../constants.ts'
import { readCompactAddress } from '../krpc/compact.ts'
import { Lru } from '../lru.ts'

/** Networks whose last vote counts. More would only slow the change after a move to another address. */
const MAX_VOTERS = 64

/**
 * What others tell about our own address, and whether strangers can reach us there (spec 04 §4.10). One voice for each
 * /16, so that nobody who rents a few neighbouring addresses decides.
 */
export class Reachability {
  readonly #votes = new Lru<number, NodeAddress>(MAX_VOTERS)
  readonly #strangers = new Set<number>()
  readonly #ownAddresses: () => readonly string[]
  #publicAddress: NodeAddress | undefined
  #metOurselves: boolean = false

  /** `ownAddresses`: the IPv4 addresses of this machine's interfaces. */
  constructor(ownAddresses: () => readonly string[]) {
    this.#ownAddresses = ownAddresses
  }

  /** Our address as enough others see it. */
  get publicAddress(): NodeAddress | undefined {
    return this.#publicAddress
  }

  /**
   * Whether strangers can reach us: either uninvited queries came from several networks, or our own ping to the public
   * address came back *and* the address is this machine's own. A ping that a router turned around proves nothing.
   */
  get reachable(): boolean {
    if (this.#strangers.size >= REACHABILITY_QUORUM) return true
    const host = this.#publicAddress?.host
    return this.#metOurselves && host !== undefined && this.#ownAddresses().includes(host)
  }

  /** Takes a vote; returns whether the believed address changed. */
  vote(voter: number, bytes: Uint8Array): boolean {
    const address = readCompactAddress(bytes)
    if (address === undefined) return false
    this.#votes.set(voter >>> 16, address)
    const winner = this.#winner()
    if (winner === undefined || isSame(winner, this.#publicAddress)) return false
    this.#publicAddress = winner
    this.#metOurselves = false
    this.#strangers.clear()
    return true
  }

  /** Notes a query from an address that we never sent anything to. */
  noteStranger(ip: number): void {
    if (this.#strangers.size < REACHABILITY_QUORUM) this.#strangers.add(ip >>> 16)
  }

  /** Notes a query with our own id, from this address. */
  noteOurselves(from: NodeAddress): void {
    if (isSame(from, this.#publicAddress)) this.#metOurselves = true
  }

  /** The address of the most voices, if its host has a quorum and more than half. */
  #winner(): NodeAddress | undefined {
    const perHost = new Map<string, number>()
    const perAddress = new Map<string, { readonly address: NodeAddress; count: number }>()
    for (const [, address] of this.#votes) {
      perHost.set(address.host, (perHost.get(address.host) ?? 0) + 1)
      const key = `${address.host}:${address.port}`
      const tally = perAddress.get(key)
      if (tally) tally.count++
      else perAddress.set(key, { address, count: 1 })
    }
    let best: { readonly address: NodeAddress; readonly count: number } | undefined
    for (const tally of perAddress.values()) {
      const voices = perHost.get(tally.address.host) ?? 0
      if (voices < ADDRESS_QUORUM || voices * 2 <= this.#votes.size) continue
      if (best === undefined || tally.count > best.count) best = tally
    }
    return best?.address
  }
}

function isSame(a: NodeAddress, b: NodeAddress | undefined): boolean {
  return a.host === b?.host && a.port === b.port
}
