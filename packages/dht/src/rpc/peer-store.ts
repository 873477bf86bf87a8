import { randomInt } from 'node:crypto'
import { addressKey, ipv4Text, type NodeAddress } from '../address.ts'
import { MAX_PEERS_PER_ANSWER, MAX_SAMPLES, PEER_LIFETIME_MS } from '../constants.ts'
import { Lru } from '../lru.ts'
import { ID_LENGTH, idKey } from '../node-id.ts'

const MAX_PORTS = 65536

/** Peers by info-hash. Bounded in both, the ones unused for longest go; a peer stays 30 minutes after it announced itself. */
export class PeerStore {
  readonly #hashes: Lru<string, Lru<number, number>>
  readonly #maxPeers: number

  constructor(limits: { readonly maxInfoHashes: number; readonly maxPeersPerHash: number }) {
    this.#hashes = new Lru(limits.maxInfoHashes)
    this.#maxPeers = limits.maxPeersPerHash
  }

  /** How many info-hashes have peers. */
  get size(): number {
    return this.#hashes.size
  }

  announce(infoHash: Uint8Array, ip: number, port: number, now: number): void {
    const name = idKey(infoHash)
    const peers = this.#hashes.get(name) ?? new Lru<number, number>(this.#maxPeers)
    peers.set(addressKey(ip, port), now + PEER_LIFETIME_MS)
    this.#hashes.set(name, peers)
  }

  /** Up to {@link MAX_PEERS_PER_ANSWER} peers, a random choice if there are more. */
  peers(infoHash: Uint8Array, now: number): NodeAddress[] {
    const known = this.#hashes.get(idKey(infoHash)) ?? []
    const alive: NodeAddress[] = []
    for (const [key, expiresAt] of known) {
      if (expiresAt > now) alive.push({ host: ipv4Text(Math.floor(key / MAX_PORTS)), port: key % MAX_PORTS })
    }
    return pick(alive, MAX_PEERS_PER_ANSWER)
  }

  /** A random choice of info-hashes, put together (BEP 51). */
  sample(): Uint8Array {
    const names = pick(
      [...this.#hashes].map(([name]) => name),
      MAX_SAMPLES,
    )
    const bytes = new Uint8Array(names.length * ID_LENGTH)
    names.forEach((name, index) => {
      bytes.set(Buffer.from(name, 'latin1'), index * ID_LENGTH)
    })
    return bytes
  }

  /** Drops what has expired. */
  sweep(now: number): void {
    for (const [name, peers] of this.#hashes) {
      for (const [key, expiresAt] of peers) if (expiresAt <= now) peers.delete(key)
      if (peers.size === 0) this.#hashes.delete(name)
    }
  }
}

/** Moves a random choice to the front and cuts there. */
function pick<T>(from: T[], count: number): T[] {
  const size = Math.min(count, from.length)
  for (let i = 0; i < size; i++) {
    const j = randomInt(i, from.length)
    const chosen = from[j]!
    from[j] = from[i]!
    from[i] = chosen
  }
  return from.slice(0, size)
}
