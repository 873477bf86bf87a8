import { type AddressScope, addressKey, type NodeAddress } from '../address.ts'
import { BAN_MS, GREETINGS_PER_SECOND, K, MAX_BANS, PING_INTERVAL_MS, STALE_MS } from '../constants.ts'
import { Lru } from '../lru.ts'
import type { Requester } from '../network/request.ts'
import { TokenBucket } from '../network/token-bucket.ts'
import type { ClosestSetGoal } from '../query/closest-set.ts'
import type { ContactBook } from '../query/lookup.ts'
import type { NetworkEstimate } from '../query/network-estimate.ts'
import { type Contact, createContact } from './contact.ts'
import { RoutingTable } from './routing-table.ts'

export interface KnownNodesComponents {
  readonly requester: Requester
  readonly estimate: NetworkEstimate
  /** Steady clock, milliseconds. */
  readonly now: () => number
  /** When somebody last answered us. */
  readonly lastAnswerAt: () => number
  /** Hears who told us our own address. */
  readonly onRequesterAddress: (voter: Contact, address: Uint8Array) => void
}

/** The routing table with the rules of who enters, who leaves, and who is shunned (spec 04 §4.6). */
export class KnownNodes implements ContactBook {
  readonly #components: KnownNodesComponents
  readonly #bans = new Lru<number, number>(MAX_BANS)
  readonly #greetings: TokenBucket
  #table: RoutingTable
  #scope: AddressScope

  constructor(components: KnownNodesComponents, init: { readonly id: Uint8Array; readonly scope: AddressScope }) {
    this.#components = components
    this.#table = new RoutingTable(init.id)
    this.#scope = init.scope
    this.#greetings = new TokenBucket(GREETINGS_PER_SECOND, components.now())
  }

  get ownId(): Uint8Array {
    return this.#table.id
  }

  get size(): number {
    return this.#table.size
  }

  get scope(): AddressScope {
    return this.#scope
  }

  get goal(): ClosestSetGoal {
    return this.#components.estimate.goal
  }

  /** Changes which addresses named by others are believed in. */
  setScope(scope: AddressScope): void {
    this.#scope = scope
  }

  contacts(): Contact[] {
    return this.#table.contacts()
  }

  closest(target: Uint8Array, count: number): Contact[] {
    return this.#table.closest(target, count)
  }

  quietBuckets(before: number): number[] {
    return this.#table.quietBuckets(before)
  }

  answered(contact: Contact, requesterAddress: Uint8Array | undefined): void {
    if (!this.isBanned(contact)) this.#table.answered(contact, this.#components.now())
    if (requesterAddress) this.#components.onRequesterAddress(contact, requesterAddress)
  }

  unanswered(contact: Contact, askedAt: number): void {
    // When nobody at all has answered since, it is our network that is down, and forgetting everybody would not help.
    if (this.#components.lastAnswerAt() < askedAt) return
    const replacement = this.#table.failed(contact)
    if (replacement) void this.ping(replacement)
  }

  lied(contact: Contact): void {
    this.#bans.set(addressKey(contact.ip, contact.port), this.#components.now() + BAN_MS)
    this.#table.remove(contact)
  }

  isBanned(contact: Contact): boolean {
    const until = this.#bans.get(addressKey(contact.ip, contact.port))
    return until !== undefined && until > this.#components.now()
  }

  /** Adds a node that has not proved that it answers: the first node of a network has no other way to meet the second. */
  addUnproven(contact: Contact): void {
    if (!this.isBanned(contact)) this.#table.answered(contact, this.#components.now())
  }

  /** Meets a node that asked us something, as long as we know hardly anybody: it gets in when it answers a ping. */
  greet(contact: Contact): void {
    if (this.size < K && !this.#table.has(contact) && this.#greetings.take(this.#components.now()))
      void this.ping(contact)
  }

  /** Asks whether a node lives; returns it as it answers. */
  async ping(to: NodeAddress | Contact): Promise<Contact | undefined> {
    const askedAt = this.#components.now()
    const answer = await this.#components.requester.request(to, { method: 'ping' }).answer
    if (answer.kind === 'timeout' && 'id' in to) this.unanswered(to, askedAt)
    if (answer.kind !== 'response') return undefined
    const contact = createContact(answer.response.id.slice(), answer.from.ip, answer.from.port)
    this.answered(contact, answer.requesterAddress)
    return contact
  }

  /** Pings contacts that were quiet for a while and drops those that were for too long. */
  async checkQuiet(): Promise<void> {
    const now = this.#components.now()
    const heardOthers = now - this.#components.lastAnswerAt() < STALE_MS
    if (heardOthers) for (const contact of this.#table.quietSince(now - STALE_MS)) this.#table.remove(contact)
    await Promise.all(this.#table.quietSince(now - PING_INTERVAL_MS).map((contact) => this.ping(contact)))
  }

  /** Starts a table for a new id with the contacts of the old one. */
  rename(id: Uint8Array): void {
    const now = this.#components.now()
    const contacts = this.#table.contacts()
    this.#table = new RoutingTable(id)
    for (const contact of contacts) this.#table.answered(contact, now)
  }
}
