import type { PublicKey } from '@pubky/crypto'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { LruMap } from './lru.ts'

/** Packets that {@link MemoryCache} keeps by default (spec 04 §3.1). */
export const DEFAULT_CACHE_SIZE = 1000

/** Where a client keeps packets, expired ones included: they are the floor below which no answer counts. */
export interface PacketCache {
  get(key: PublicKey): SignedPacket | undefined
  /** Keeps the packet unless what is there is as recent (`SignedPacket.supersedes`, spec 04 §1.8). */
  put(packet: SignedPacket): void
}

/** The packets used last, in memory. */
export class MemoryCache implements PacketCache {
  readonly #packets: LruMap<string, SignedPacket>

  /** @param capacity packets; 0 keeps none */
  constructor(capacity: number = DEFAULT_CACHE_SIZE) {
    this.#packets = new LruMap(capacity)
  }

  get size(): number {
    return this.#packets.size
  }

  get(key: PublicKey): SignedPacket | undefined {
    return this.#packets.get(key.z32())
  }

  put(packet: SignedPacket): void {
    const key = packet.publicKey.z32()
    const known = this.#packets.get(key)
    if (known === undefined || packet.supersedes(known)) this.#packets.set(key, packet)
  }
}
