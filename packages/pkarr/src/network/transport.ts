import type { PublicKey } from '@pubky/crypto'
import type { SignedPacket } from '../packet/signed-packet.ts'

/**
 * How much of what is already known may answer a look-up (spec 04 §3.3).
 * - `CacheFirst`: a fresh packet from a cache, else the first acceptable one from the network
 * - `CacheOnly`: any packet a cache has, even an expired one; the DHT is not asked
 * - `NetworkOnly`: the most recent of all answers the network gives
 */
export type ResolvePolicy = 'CacheFirst' | 'CacheOnly' | 'NetworkOnly'

/** What a transport is asked. */
export interface ResolveQuery {
  readonly policy: ResolvePolicy
  /** Timestamp of the packet the asker has: older ones need not be sent; the same one counts as news of it. */
  readonly known?: bigint | undefined
  /** Ends the look-up; the transport throws the signal's reason. */
  readonly signal: AbortSignal
}

/** One piece of news from the network. */
export type ResolveAnswer =
  /** A verified packet of the key asked for. */
  | { readonly kind: 'packet'; readonly packet: SignedPacket }
  /** The key's newest item is signed by it but is no packet. */
  | { readonly kind: 'invalid'; readonly seq: bigint }
  /** Asked, and there is nothing, or nothing newer than what is known. */
  | { readonly kind: 'nothing' }

/** How a packet is published. */
export interface PublishOptions {
  /** Compare and swap: only if the network's packet has this timestamp. Best effort on relays. */
  readonly cas?: bigint | undefined
  readonly signal: AbortSignal
}

/** What became of a published packet. */
export interface PublishReceipt {
  /** DHT nodes that took it, at least 1. Of several transports the largest count, as they reach the same nodes. */
  readonly storedNodes: number
}

/** A way to the network for those who read. */
export interface ResolveTransport {
  /** For logs, e.g. the URL of a relay. */
  readonly name: string
  /**
   * Yields answers as they come and ends when no more will. No answers at all means the same as `nothing`.
   * @throws {PkarrError} `no-nodes`, `no-responses`, `no-usable-responses` or `unexpected-responses`: it cannot tell
   */
  resolve(key: PublicKey, query: ResolveQuery): AsyncIterable<ResolveAnswer>
}

/** A way to the network: a relay, a group of relays, a DHT node. */
export interface Transport extends ResolveTransport {
  /**
   * @throws {PkarrError} `not-most-recent`, `rejected`, `no-nodes`, `no-responses` or `unexpected-responses`
   */
  publish(packet: SignedPacket, options: PublishOptions): Promise<PublishReceipt>
}
