import { addressKey } from '../address.ts'
import { compareDistance, idKey } from '../node-id.ts'
import type { Contact } from '../routing-table/contact.ts'
import { type ClosestSetGoal, takeUntilSecure } from './closest-set.ts'

/** A node that a lookup has heard of. */
export interface Candidate {
  readonly contact: Contact
  state: 'new' | 'asked' | 'answered' | 'failed'
}

/** All nodes a lookup has heard of: secure ones first, then by distance from the target. */
export class Candidates {
  readonly #target: Uint8Array
  readonly #sorted: Candidate[] = []
  readonly #byName = new Map<string, Candidate>()

  constructor(target: Uint8Array) {
    this.#target = target
  }

  /**
   * The candidate of this id *and* address, which is new if nobody named both together before. Going by one of the two
   * would let a liar hide an honest node by naming it first with something false.
   */
  add(contact: Contact): Candidate {
    const name = `${idKey(contact.id)}${addressKey(contact.ip, contact.port)}`
    const known = this.#byName.get(name)
    if (known) return known
    const candidate: Candidate = { contact, state: 'new' }
    this.#byName.set(name, candidate)
    this.#sorted.splice(this.#placeOf(contact), 0, candidate)
    return candidate
  }

  /** The closest set among those that did not fail (spec 04 §4.9). */
  closest(goal: ClosestSetGoal): Candidate[] {
    const usable = this.#sorted.filter((candidate) => candidate.state !== 'failed')
    const contacts = takeUntilSecure(
      usable.map((candidate) => candidate.contact),
      this.#target,
      goal,
    )
    return usable.slice(0, contacts.length)
  }

  /** All contacts heard of, by distance alone. */
  seen(): Contact[] {
    return byDistance(
      this.#target,
      this.#sorted.map((candidate) => candidate.contact),
    )
  }

  #placeOf(contact: Contact): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareContacts(this.#target, this.#sorted[middle]!.contact, contact) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Secure first, then nearer to the target: the order of answers, lookups and puts (spec 04 §4.6). */
export function compareContacts(target: Uint8Array, a: Contact, b: Contact): number {
  if (a.secure !== b.secure) return a.secure ? -1 : 1
  return compareDistance(target, a.id, b.id)
}

/** Contacts by their distance from the target alone. */
export function byDistance(target: Uint8Array, contacts: readonly Contact[]): Contact[] {
  return contacts.toSorted((a, b) => compareDistance(target, a.id, b.id))
}
