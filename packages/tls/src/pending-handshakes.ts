import { isIPv6 } from 'node:net'
import { TlsError } from './errors.ts'

/** A place in the waiting room. */
export interface HandshakeTicket {
  /** Frees the place; twice is fine. */
  leave(): void
  /** Says how the handshake is given up when its place is needed. */
  onEvict(giveUp: (reason: TlsError) => void): void
}

interface Waiting {
  readonly network: string
  giveUp: ((reason: TlsError) => void) | undefined
}

/**
 * Bounds the handshakes in progress, so that slow ones do not starve others: one network gets no more than its share,
 * and when all places are taken the oldest handshake goes.
 */
export class PendingHandshakes {
  readonly #limit: number
  readonly #limitPerNetwork: number
  /** In order of arrival. */
  readonly #waiting = new Set<Waiting>()
  readonly #perNetwork = new Map<string, number>()

  constructor(limit: number, limitPerNetwork: number) {
    this.#limit = limit
    this.#limitPerNetwork = limitPerNetwork
  }

  get size(): number {
    return this.#waiting.size
  }

  /** A place for a handshake from `address`, or `undefined` when its network has too many. */
  admit(address: string | undefined): HandshakeTicket | undefined {
    const network = networkOf(address)
    const used = this.#perNetwork.get(network) ?? 0
    if (used >= this.#limitPerNetwork) return undefined
    if (this.#waiting.size >= this.#limit) this.#evictOldest()
    const entry: Waiting = { network, giveUp: undefined }
    this.#waiting.add(entry)
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1)
    return {
      leave: () => this.#remove(entry),
      onEvict: (giveUp) => {
        entry.giveUp = giveUp
      },
    }
  }

  /** Gives all handshakes up. */
  evictAll(): void {
    for (const entry of this.#waiting) this.#evict(entry)
  }

  #evictOldest(): void {
    for (const entry of this.#waiting) {
      this.#evict(entry)
      return
    }
  }

  #evict(entry: Waiting): void {
    this.#remove(entry)
    entry.giveUp?.(new TlsError('refused', 'the handshake gave way to others'))
  }

  #remove(entry: Waiting): void {
    if (!this.#waiting.delete(entry)) return
    const left = (this.#perNetwork.get(entry.network) ?? 1) - 1
    if (left > 0) this.#perNetwork.set(entry.network, left)
    else this.#perNetwork.delete(entry.network)
  }
}

/** What counts as one peer: an IPv4 address, or the /64 of an IPv6 address, which one subscriber owns whole. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const tailGroups = tail === '' ? [] : tail.split(':')
    while (groups.length < 8 - tailGroups.length) groups.push('0')
    groups.push(...tailGroups)
  }
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${prefix.join(':')}::/64`
}
