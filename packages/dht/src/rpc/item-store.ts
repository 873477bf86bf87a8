import { isLocalAddress } from '../address.ts'
import { ITEM_LIFETIME_MS, MAX_SHARE_PER_SOURCE, MAX_SHARE_PER_SUBNET } from '../constants.ts'
import { Lru } from '../lru.ts'
import { idKey } from '../node-id.ts'

/** What others asked us to keep: a value in its bencoding, who put it, and until when it stays. */
export interface StoredItem {
  readonly encodedValue: Uint8Array
  /** Present on mutable items. */
  readonly mutable: { readonly key: Uint8Array; readonly seq: bigint; readonly signature: Uint8Array } | undefined
}

interface Kept {
  readonly item: StoredItem
  readonly target: string
  readonly ip: number
  readonly expiresAt: number
}

/** Bytes of an entry besides its value: key, signature, ids and the objects around them. */
const OVERHEAD_BYTES = 400

/**
 * Items by target. Bounded by number and bytes (the one unused for longest goes), by time (2 hours after its last put) and
 * by source: one public address or /24 cannot fill it, so it cannot push out what others put (spec 04 §4.3).
 */
export class ItemStore {
  readonly #items: Lru<string, Kept>
  readonly #maxItems: number
  readonly #maxBytes: number
  readonly #perSource = new Map<number, number>()
  readonly #perSubnet = new Map<number, number>()
  #bytes = 0

  constructor(limits: { readonly maxItems: number; readonly maxBytes: number }) {
    this.#maxItems = limits.maxItems
    this.#maxBytes = limits.maxBytes
    this.#items = new Lru(limits.maxItems)
  }

  get size(): number {
    return this.#items.size
  }

  get(target: Uint8Array, now: number): StoredItem | undefined {
    const kept = this.#items.get(idKey(target))
    if (kept === undefined || kept.expiresAt > now) return kept?.item
    this.#drop(kept)
    return undefined
  }

  /** Whether an item put by this address may come in, now or instead of what is under its target. */
  hasRoomFor(target: Uint8Array, ip: number): boolean {
    if (isLocalAddress(ip) || this.#items.get(idKey(target))?.ip === ip) return true
    const ofSource = this.#perSource.get(ip) ?? 0
    const ofSubnet = this.#perSubnet.get(ip >>> 8) ?? 0
    return ofSource < this.#maxItems * MAX_SHARE_PER_SOURCE && ofSubnet < this.#maxItems * MAX_SHARE_PER_SUBNET
  }

  /** Keeps an item; its bytes must not be views into a larger buffer. */
  set(target: Uint8Array, item: StoredItem, ip: number, now: number): void {
    const name = idKey(target)
    const before = this.#items.get(name)
    if (before) this.#drop(before)
    const kept: Kept = { item, target: name, ip, expiresAt: now + ITEM_LIFETIME_MS }
    this.#count(kept, 1)
    const evicted = this.#items.set(name, kept)
    if (evicted) this.#count(evicted, -1)
    for (const [, oldest] of this.#items) {
      if (this.#bytes <= this.#maxBytes) break
      this.#drop(oldest)
    }
  }

  /** Drops what has expired. */
  sweep(now: number): void {
    for (const [, kept] of this.#items) if (kept.expiresAt <= now) this.#drop(kept)
  }

  #drop(kept: Kept): void {
    this.#items.delete(kept.target)
    this.#count(kept, -1)
  }

  #count(kept: Kept, sign: 1 | -1): void {
    this.#bytes += sign * (kept.item.encodedValue.length + OVERHEAD_BYTES)
    add(this.#perSource, kept.ip, sign)
    add(this.#perSubnet, kept.ip >>> 8, sign)
  }
}

function add(counts: Map<number, number>, key: number, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
