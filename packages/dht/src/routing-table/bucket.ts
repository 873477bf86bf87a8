import { K, MAX_FAILURES, MAX_REPLACEMENTS, STALE_MS } from '../constants.ts'
import { equalIds } from '../node-id.ts'
import type { Contact } from './contact.ts'

/** A contact with what we know of its behaviour. Times are on the node's steady clock, in milliseconds. */
export interface Entry {
  readonly contact: Contact
  /** When it last answered us. */
  seenAt: number
  /** Requests in a row that it left unanswered while others answered. */
  failures: number
}

/** Up to {@link K} contacts of one distance, the one unheard for longest first, and newcomers that wait for a place. */
export class Bucket {
  #entries: Entry[] = []
  #replacements: Contact[] = []

  get entries(): readonly Entry[] {
    return this.#entries
  }

  find(id: Uint8Array): Entry | undefined {
    return this.#entries.find((entry) => equalIds(entry.contact.id, id))
  }

  /** Notes that an entry answered, and moves it behind all others. */
  touch(entry: Entry, now: number): void {
    entry.seenAt = now
    entry.failures = 0
    this.#entries = [...this.#entries.filter((other) => other !== entry), entry]
  }

  /** Gives the contact a place, free or of a contact that went stale. Returns whether it got one, and whose it was. */
  add(contact: Contact, now: number): { readonly added: boolean; readonly evicted: Contact | undefined } {
    const oldest = this.#entries[0]
    let evicted: Contact | undefined
    if (oldest !== undefined && this.#entries.length >= K) {
      if (now - oldest.seenAt < STALE_MS) {
        this.#remember(contact)
        return { added: false, evicted: undefined }
      }
      evicted = oldest.contact
      this.#entries.shift()
    }
    this.#entries.push({ contact, seenAt: now, failures: 0 })
    return { added: true, evicted }
  }

  /** Counts an unanswered request. Returns whether the contact has failed often enough to go. */
  fail(entry: Entry): boolean {
    entry.failures++
    return entry.failures >= MAX_FAILURES
  }

  remove(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry)
  }

  /** The newest remembered newcomer, to be asked whether it still lives. */
  takeReplacement(): Contact | undefined {
    return this.#replacements.pop()
  }

  #remember(contact: Contact): void {
    this.#replacements = this.#replacements.filter((other) => !equalIds(other.id, contact.id))
    this.#replacements.push(contact)
    if (this.#replacements.length > MAX_REPLACEMENTS) this.#replacements.shift()
  }
}
