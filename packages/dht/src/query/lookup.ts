import { type AddressScope, addressKey, ipv4Number, type NodeAddress } from '../address.ts'
import { LOOKUP_WINDOW, MAX_LOOKUP_REQUESTS } from '../constants.ts'
import { readCompactNodes } from '../krpc/compact.ts'
import type { Response } from '../krpc/message.ts'
import type { Answer, PendingRequest, Question, Requester } from '../network/request.ts'
import { equalIds } from '../node-id.ts'
import { type Contact, createContact } from '../routing-table/contact.ts'
import { type Candidate, Candidates, compareContacts } from './candidates.ts'
import type { ClosestSetGoal } from './closest-set.ts'
import { emptyReport, type LookupReport, type Verdict } from './report.ts'

/** Requests one lookup sends to one address: a second id there may be honest, a third one is a trick to make us flood it. */
const MAX_REQUESTS_PER_ADDRESS = 2

/** What lookups need of the node. */
export interface LookupComponents {
  readonly requester: Requester
  readonly contacts: ContactBook
  /** Steady clock, milliseconds. */
  readonly now: () => number
}

/** Who is to hear how nodes behave. */
export interface ContactBook {
  /** Our own id. */
  readonly ownId: Uint8Array
  readonly scope: AddressScope
  /** How far lookups must walk. */
  readonly goal: ClosestSetGoal
  answered(contact: Contact, requesterAddress: Uint8Array | undefined): void
  unanswered(contact: Contact, askedAt: number): void
  /** The node sent a value that is not what its name says. */
  lied(contact: Contact): void
  isBanned(contact: Contact): boolean
}

/** A node that gave us a token, with which it will take a put. */
export interface Responder {
  readonly contact: Contact
  readonly token: Uint8Array
  /** When it came. */
  readonly at: number
}

export interface LookupInit {
  readonly target: Uint8Array
  readonly question: Question
  /** Nodes to start from. */
  readonly seeds: readonly Contact[]
  /** Addresses to ask besides, whose ids are unknown: bootstrap nodes. */
  readonly entrances: readonly NodeAddress[]
  /** Looks at an answer, passes on what it holds, and says what it was worth. */
  readonly judge: (response: Response) => Verdict
}

export interface LookupResult {
  readonly report: LookupReport
  /** Nodes that answered, secure ones first, then by distance. */
  readonly closest: readonly Contact[]
  /** Those of them that gave a token, in the same order. */
  readonly responders: readonly Responder[]
  /** All nodes heard of, by distance alone. */
  readonly seen: readonly Contact[]
}

/**
 * An iterative lookup: asks the closest nodes it has heard of, hears of closer ones, and ends when all of the closest set
 * have answered, or when those that have not are overdue and most have (spec 04 §4.7).
 */
export class Lookup {
  readonly #components: LookupComponents
  readonly #init: LookupInit
  readonly #candidates: Candidates
  readonly #requests = new Set<PendingRequest>()
  readonly #asked = new Map<number, number>()
  /** Candidates at addresses that were asked as entrances, until those answer. */
  readonly #behindEntrances = new Map<number, Candidate[]>()
  readonly #report = emptyReport()
  readonly #answered: Contact[] = []
  readonly #responders: Responder[] = []
  readonly #finish = Promise.withResolvers<LookupResult>()
  /** Requests that are neither answered nor overdue. */
  #active = 0
  #done: boolean = false

  constructor(components: LookupComponents, init: LookupInit) {
    this.#components = components
    this.#init = init
    this.#candidates = new Candidates(init.target)
  }

  /** Runs to the end. Rejects with the signal's reason when that comes first. */
  async run(signal: AbortSignal): Promise<LookupResult> {
    signal.throwIfAborted()
    const abort = () => {
      this.#done = true
      for (const request of this.#requests) request.cancel()
      this.#finish.reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    try {
      for (const contact of this.#init.seeds) this.#hear(contact)
      for (const address of this.#init.entrances) this.#ask(address, undefined)
      this.#advance()
      return await this.#finish.promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #hear(contact: Contact): void {
    const { contacts } = this.#components
    if (!equalIds(contact.id, contacts.ownId) && !contacts.isBanned(contact)) this.#candidates.add(contact)
  }

  #advance(): void {
    if (this.#done) return
    const closest = this.#candidates.closest(this.#components.contacts.goal)
    let open = false
    for (const candidate of closest) {
      if (candidate.state !== 'new' || this.#report.queried >= MAX_LOOKUP_REQUESTS) continue
      open = true
      if (this.#active < LOOKUP_WINDOW) this.#ask(candidate.contact, candidate)
    }
    if (open) return
    const answered = closest.filter((candidate) => candidate.state === 'answered').length
    const mostAnswered = answered > 0 && answered * 2 >= closest.length
    if (this.#requests.size === 0 || (this.#active === 0 && mostAnswered)) this.#end()
  }

  #ask(address: NodeAddress, candidate: Candidate | undefined): void {
    const key = addressKey(ipv4Number(address.host), address.port)
    const waiting = this.#behindEntrances.get(key)
    if (candidate && waiting) {
      candidate.state = 'asked'
      waiting.push(candidate)
      return
    }
    const before = this.#asked.get(key) ?? 0
    if (candidate) candidate.state = before < MAX_REQUESTS_PER_ADDRESS ? 'asked' : 'failed'
    if (before >= MAX_REQUESTS_PER_ADDRESS) return
    this.#asked.set(key, before + 1)
    if (!candidate) this.#behindEntrances.set(key, [])
    this.#report.queried++
    this.#active++
    let overdue = false
    const askedAt = this.#components.now()
    const request = this.#components.requester.request(address, this.#init.question, () => {
      overdue = true
      this.#active--
      this.#advance()
    })
    this.#requests.add(request)
    void request.answer.then((answer) => {
      this.#requests.delete(request)
      if (!overdue) this.#active--
      if (!candidate) this.#closeEntrance(key)
      this.#take(answer, candidate, askedAt)
      this.#advance()
    })
  }

  /** An entrance that answers becomes the candidate it is; others that were named at its address are not there. */
  #closeEntrance(key: number): void {
    for (const candidate of this.#behindEntrances.get(key) ?? []) candidate.state = 'failed'
    this.#behindEntrances.delete(key)
  }

  #take(answer: Answer, candidate: Candidate | undefined, askedAt: number): void {
    const { contacts } = this.#components
    if (candidate) candidate.state = 'failed'
    switch (answer.kind) {
      case 'response': {
        const { response, from, requesterAddress } = answer
        const contact = createContact(response.id.slice(), from.ip, from.port)
        contacts.answered(contact, requesterAddress)
        if (!this.#done) this.#read(response, contact)
        return
      }
      case 'error':
        this.#report.errors++
        return
      case 'malformed':
        this.#report.invalidResponses++
        return
      case 'timeout':
        if (candidate) contacts.unanswered(candidate.contact, askedAt)
        return
      case 'cancelled':
        return
    }
  }

  #read(response: Response, contact: Contact): void {
    const { contacts, now } = this.#components
    if (equalIds(contact.id, contacts.ownId)) return
    const verdict = this.#init.judge(response)
    this.#report[verdict]++
    if (verdict === 'invalidValues') {
      contacts.lied(contact)
      return
    }
    const candidate = this.#candidates.add(contact)
    if (candidate.state === 'answered') return
    candidate.state = 'answered'
    this.#answered.push(contact)
    if (response.token !== undefined) {
      this.#responders.push({ contact, token: response.token.slice(), at: now() })
    }
    if (response.nodes === undefined) return
    for (const node of readCompactNodes(response.nodes, contacts.scope)) this.#hear(node)
  }

  #end(): void {
    this.#done = true
    const { target } = this.#init
    this.#finish.resolve({
      report: this.#report,
      closest: this.#answered.toSorted((a, b) => compareContacts(target, a, b)),
      responders: this.#responders.toSorted((a, b) => compareContacts(target, a.contact, b.contact)),
      seen: this.#candidates.seen(),
    })
  }
}
