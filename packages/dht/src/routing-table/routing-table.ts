import { K } from '../constants.ts'
import { compareDistance, ID_LENGTH, idDistance } from '../node-id.ts'
import { sharesSecurePrefix } from '../secure-id.ts'
import { Bucket, type Entry } from './bucket.ts'
import type { Contact } from './contact.ts'

const BUCKETS = ID_LENGTH * 8

/**
 * The nodes we know to answer, in buckets by distance from our id (spec 04 §4.6). Only nodes that answered a request of
 * ours may be added: the caller vouches for that. At most one insecure or eight secure ids of one address get in. All
 * times are milliseconds of one steady clock.
 */
export class RoutingTable {
  readonly id: Uint8Array
  readonly #buckets: readonly Bucket[] = Array.from({ length: BUCKETS + 1 }, () => new Bucket())
  readonly #byIp = new Map<number, Contact[]>()
  #size = 0

  constructor(id: Uint8Array) {
    this.id = id
  }

  /** How many contacts are in. */
  get size(): number {
    return this.#size
  }

  /** All contacts, nearest bucket first. */
  contacts(): Contact[] {
    return this.#buckets.flatMap((bucket) => bucket.entries.map((entry) => entry.contact))
  }

  /** Whether this id is in, at this address. */
  has(contact: Contact): boolean {
    const known = this.#buckets[idDistance(this.id, contact.id)]!.find(contact.id)?.contact
    return known?.ip === contact.ip && known.port === contact.port
  }

  /** Notes that this contact answered at `now`; adds it when it is new and may be in. Returns whether it is in. */
  answered(contact: Contact, now: number): boolean {
    const distance = idDistance(this.id, contact.id)
    if (distance === 0) return false
    const bucket = this.#buckets[distance]!
    const known = bucket.find(contact.id)
    if (known?.contact.ip === contact.ip && known.contact.port === contact.port) {
      bucket.touch(known, now)
      return true
    }
    if (known !== undefined) {
      const mayMove = contact.secure || (!known.contact.secure && known.contact.ip === contact.ip)
      if (!mayMove) return false
      this.#remove(bucket, known)
    }
    if (!this.#isNewPlace(contact)) return false
    const { added, evicted } = bucket.add(contact, now)
    if (evicted) this.#forget(evicted)
    if (added) this.#note(contact)
    return added
  }

  /** Notes that this contact left a request unanswered. Returns a newcomer to try in its place if it had to go. */
  failed(contact: Contact): Contact | undefined {
    const bucket = this.#buckets[idDistance(this.id, contact.id)]!
    const entry = bucket.find(contact.id)
    if (entry?.contact.ip !== contact.ip || !bucket.fail(entry)) return undefined
    this.#remove(bucket, entry)
    return bucket.takeReplacement()
  }

  /** Throws a contact out at once, for example because it lied. */
  remove(contact: Contact): void {
    const bucket = this.#buckets[idDistance(this.id, contact.id)]!
    const entry = bucket.find(contact.id)
    if (entry?.contact.ip === contact.ip) this.#remove(bucket, entry)
  }

  /** Up to `count` contacts, secure ones first, then by XOR distance from `target`. */
  closest(target: Uint8Array, count: number = K): Contact[] {
    const secure = this.#nearest(target, count, true)
    if (secure.length === count) return secure
    return [...secure, ...this.#nearest(target, count - secure.length, false)]
  }

  /** Contacts that have not answered since `before`. */
  quietSince(before: number): Contact[] {
    const quiet = (entry: Entry) => entry.seenAt < before
    return this.#buckets.flatMap((bucket) => bucket.entries.filter(quiet).map((entry) => entry.contact))
  }

  /** Distances, from the farthest, of buckets that have contacts but none heard of since `before`. */
  quietBuckets(before: number): number[] {
    const distances: number[] = []
    for (let distance = BUCKETS; distance > 0; distance--) {
      const { entries } = this.#buckets[distance]!
      if (entries.length > 0 && entries.every((entry) => entry.seenAt < before)) distances.push(distance)
    }
    return distances
  }

  /**
   * Walks buckets from near to far as seen from `target`: its own bucket, then all nearer to us, which lie between
   * together, then one farther one after the other.
   */
  #nearest(target: Uint8Array, count: number, secure: boolean): Contact[] {
    const found: Contact[] = []
    const collect = (from: number, to: number) => {
      const ring: Contact[] = []
      for (let distance = from; distance <= to; distance++) {
        for (const { contact } of this.#buckets[distance]!.entries) if (contact.secure === secure) ring.push(contact)
      }
      ring.sort((a, b) => compareDistance(target, a.id, b.id))
      for (const contact of ring) if (found.length < count) found.push(contact)
    }
    const home = idDistance(this.id, target)
    collect(home, home)
    if (found.length < count) collect(0, home - 1)
    for (let distance = home + 1; distance <= BUCKETS && found.length < count; distance++) collect(distance, distance)
    return found
  }

  /** No other contact at this address, unless all of them are secure and their ids' prefixes differ. */
  #isNewPlace(contact: Contact): boolean {
    const neighbours = this.#byIp.get(contact.ip)
    if (neighbours === undefined) return true
    return contact.secure && !neighbours.some((other) => sharesSecurePrefix(other.id, contact.id))
  }

  #remove(bucket: Bucket, entry: Entry): void {
    bucket.remove(entry)
    this.#forget(entry.contact)
  }

  #note(contact: Contact): void {
    this.#size++
    const neighbours = this.#byIp.get(contact.ip)
    if (neighbours) neighbours.push(contact)
    else this.#byIp.set(contact.ip, [contact])
  }

  #forget(contact: Contact): void {
    this.#size--
    const neighbours = this.#byIp.get(contact.ip)!
    if (neighbours.length === 1) this.#byIp.delete(contact.ip)
    else neighbours.splice(neighbours.indexOf(contact), 1)
  }
}
