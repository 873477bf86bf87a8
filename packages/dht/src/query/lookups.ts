import type { PublicKey } from '@pubky/crypto'
import type { NodeAddress } from '../address.ts'
import { encode } from '../bencode/encode.ts'
import { isBytes } from '../bencode/value.ts'
import { K, MAX_REMEMBERED_LOOKUPS, MAX_VALUE_BYTES, TOKEN_LIFETIME_MS } from '../constants.ts'
import { immutableTarget } from '../items/immutable-item.ts'
import { type MutableItem, mutableTarget, verifyMutableItem } from '../items/mutable-item.ts'
import { classifyResponse, type Response } from '../krpc/message.ts'
import { Lru } from '../lru.ts'
import type { Question } from '../network/request.ts'
import { equalIds, idKey } from '../node-id.ts'
import type { Contact } from '../routing-table/contact.ts'
import { Broadcast } from './broadcast.ts'
import { byDistance } from './candidates.ts'
import { takeUntilSecure } from './closest-set.ts'
import { Lookup, type LookupComponents, type LookupResult, type Responder } from './lookup.ts'
import type { NetworkEstimate } from './network-estimate.ts'
import type { Verdict } from './report.ts'

/** Contacts of the table that a lookup may start from: a closest set behind crowded ids is longer than a bucket. */
const MAX_SEEDS = 3 * K

/** What lookups need besides: where to begin, and where to leave what they learned. */
export interface LookupsComponents extends LookupComponents {
  readonly estimate: NetworkEstimate
  /** The table's contacts closest to a target. */
  readonly nearest: (target: Uint8Array, count: number) => Contact[]
  /** Bootstrap addresses to ask besides `known` contacts. */
  readonly entrances: (known: number) => Promise<readonly NodeAddress[]>
}

/** Where a lookup's answers are looked at: emits items, says what the answer was worth. */
type Judge<T> = (response: Response, emit: (item: T) => void) => Verdict

/**
 * Every kind of lookup. Lookups of the same thing at the same time are one; nodes that answered are remembered with their
 * tokens for later puts and lookups of the target.
 */
export class Lookups {
  readonly #components: LookupsComponents
  readonly #nodes = new Running<never>()
  readonly #mutable = new Running<MutableItem>()
  readonly #immutable = new Running<Uint8Array>()
  readonly #peers = new Running<NodeAddress>()
  readonly #remembered = new Lru<string, readonly Responder[]>(MAX_REMEMBERED_LOOKUPS)

  constructor(components: LookupsComponents) {
    this.#components = components
  }

  /** Finds the nodes closest to a target. */
  async findNode(target: Uint8Array, signal?: AbortSignal): Promise<LookupResult> {
    const lookup = this.#nodes.join(idKey(target), (emit, stop) => {
      return this.#run(target, { method: 'find_node', target }, () => 'values', emit, stop)
    })
    const end = await lookup.read(signal).next()
    if (!end.done) throw new TypeError('a find_node lookup has no items')
    return end.value
  }

  /** Emits each distinct item once, as it arrives and after its signature was checked. */
  getMutable(
    publicKey: PublicKey,
    salt: Uint8Array | undefined,
    newerThan: bigint | undefined,
    signal?: AbortSignal,
  ): AsyncGenerator<MutableItem, LookupResult, void> {
    const target = mutableTarget(publicKey.bytes, salt)
    const question: Question = { method: 'get', target, seq: newerThan }
    const judge = mutableJudge(publicKey, salt, newerThan)
    const name = `${idKey(target)}${newerThan}`
    return this.#mutable.join(name, (emit, stop) => this.#run(target, question, judge, emit, stop)).read(signal)
  }

  /** Emits the value when the first right one arrives. */
  getImmutable(target: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array, LookupResult, void> {
    const judge = immutableJudge(target)
    const lookup = this.#immutable.join(idKey(target), (emit, stop) => {
      return this.#run(target, { method: 'get', target }, judge, emit, stop)
    })
    return lookup.read(signal)
  }

  /** Emits each peer once, as nodes name it. */
  getPeers(infoHash: Uint8Array, signal?: AbortSignal): AsyncGenerator<NodeAddress, LookupResult, void> {
    const judge = peersJudge()
    const lookup = this.#peers.join(idKey(infoHash), (emit, stop) => {
      return this.#run(infoHash, { method: 'get_peers', infoHash }, judge, emit, stop)
    })
    return lookup.read(signal)
  }

  /** The nodes a put of this target should go to, if a lookup has found them lately. */
  freshResponders(target: Uint8Array): readonly Responder[] {
    const since = this.#components.now() - TOKEN_LIFETIME_MS
    return (this.#remembered.get(idKey(target)) ?? []).filter((responder) => responder.at > since)
  }

  /** The part of a lookup's responders that a put goes to (spec 04 §4.9). */
  closestSet(target: Uint8Array, responders: readonly Responder[]): Responder[] {
    const contacts = responders.map((responder) => responder.contact)
    return responders.slice(0, takeUntilSecure(contacts, target, this.#components.contacts.goal).length)
  }

  async #run<T>(
    target: Uint8Array,
    question: Question,
    judge: Judge<T>,
    emit: (item: T) => void,
    signal: AbortSignal,
  ): Promise<LookupResult> {
    const { contacts, estimate, nearest, entrances } = this.#components
    const known = nearest(target, MAX_SEEDS)
    const seeds = takeUntilSecure(known, target, contacts.goal)
    const remembered = this.#remembered.get(idKey(target)) ?? []
    const lookup = new Lookup(this.#components, {
      target,
      question,
      seeds: [...seeds, ...remembered.map((responder) => responder.contact)],
      entrances: await entrances(known.length),
      judge: (response) => judge(response, emit),
    })
    const result = await lookup.run(signal)
    estimate.add(target, result.seen, byDistance(target, result.closest))
    if (result.responders.length > 0) this.#remembered.set(idKey(target), this.closestSet(target, result.responders))
    return result
  }
}

/** Lookups of one kind that are under way, by what they look for. */
class Running<T> {
  readonly #lookups = new Map<string, Broadcast<T, LookupResult>>()

  /** The lookup under this name, which is started if there is none. */
  join(name: string, source: ConstructorParameters<typeof Broadcast<T, LookupResult>>[0]): Broadcast<T, LookupResult> {
    const running = this.#lookups.get(name)
    if (running !== undefined && !running.ended) return running
    const lookup = new Broadcast(source)
    this.#lookups.set(name, lookup)
    void lookup.end.then(() => {
      if (this.#lookups.get(name) === lookup) this.#lookups.delete(name)
    })
    return lookup
  }
}

function mutableJudge(
  publicKey: PublicKey,
  salt: Uint8Array | undefined,
  newerThan: bigint | undefined,
): Judge<MutableItem> {
  const valid: MutableItem[] = []
  return (response, emit) => {
    const kind = classifyResponse(response)
    if (kind === 'token') return 'noValues'
    if (kind === 'not-newer') return 'noMoreRecent'
    const { key, seq, signature, value } = response
    if (kind !== 'mutable' || key === undefined || seq === undefined || signature === undefined)
      return 'invalidResponses'
    if (!isBytes(value) || value.length > MAX_VALUE_BYTES) return 'invalidResponses'
    if (Buffer.compare(key, publicKey.bytes) !== 0) return 'invalidValues'
    if (newerThan !== undefined && seq <= newerThan) return 'noMoreRecent'
    // Most answers of a lookup are copies of one item, and a comparison is far cheaper than a signature check.
    const isKnown = (item: MutableItem) =>
      item.seq === seq && Buffer.compare(item.signature, signature) === 0 && Buffer.compare(item.value, value) === 0
    if (valid.some(isKnown)) return 'values'
    const item: MutableItem = { publicKey, salt, seq, value: value.slice(), signature: signature.slice() }
    if (!verifyMutableItem(item)) return 'invalidValues'
    valid.push(item)
    emit(item)
    return 'values'
  }
}

function immutableJudge(target: Uint8Array): Judge<Uint8Array> {
  let found = false
  return (response, emit) => {
    const kind = classifyResponse(response)
    if (kind === 'token') return 'noValues'
    if (kind !== 'immutable' || response.value === undefined) return 'invalidResponses'
    const { value } = response
    if (!equalIds(immutableTarget(encode(value)), target)) return 'invalidValues'
    if (!isBytes(value)) return 'invalidResponses'
    if (!found) emit(value.slice())
    found = true
    return 'values'
  }
}

function peersJudge(): Judge<NodeAddress> {
  const seen = new Set<string>()
  return (response, emit) => {
    const kind = classifyResponse(response)
    if (kind === 'token') return 'noValues'
    if (kind !== 'peers' || response.peers === undefined) return 'invalidResponses'
    for (const peer of response.peers) {
      const name = `${peer.host}:${peer.port}`
      if (!seen.has(name)) emit(peer)
      seen.add(name)
    }
    return 'values'
  }
}
