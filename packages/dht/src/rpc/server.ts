import type { NodeAddress } from '../address.ts'
import { CHECKS_IN_ALL, K, MAX_ANSWER_BYTES, SAMPLE_INTERVAL_SECONDS, VERSION } from '../constants.ts'
import { COMPACT_NODE_BYTES, writeCompactAddress, writeCompactNodes } from '../krpc/compact.ts'
import { encodeMessage } from '../krpc/encode.ts'
import type { Message, Query, Response } from '../krpc/message.ts'
import type { Sender } from '../network/request.ts'
import type { IncomingQuery } from '../network/rpc-socket.ts'
import { TokenBucket } from '../network/token-bucket.ts'
import type { Contact } from '../routing-table/contact.ts'
import { readItem } from './get.ts'
import { ItemStore } from './item-store.ts'
import { PeerStore } from './peer-store.ts'
import { Putter, type Refusal } from './put.ts'
import type { ReadyKeys } from './ready-keys.ts'
import { Tokens } from './tokens.ts'

/** How much the node keeps for others. */
export interface StorageLimits {
  readonly maxMutableItems: number
  readonly maxImmutableItems: number
  /** Bytes of all mutable, and of all immutable, items. */
  readonly maxItemBytes: number
  readonly maxInfoHashes: number
  readonly maxPeersPerHash: number
}

export interface RpcServerComponents {
  readonly id: () => Uint8Array
  readonly closest: (target: Uint8Array, count: number) => readonly Contact[]
  readonly now: () => number
  readonly keys: ReadyKeys
}

/** What is kept for others at the moment. */
export interface StoredCounts {
  readonly mutableItems: number
  readonly immutableItems: number
  readonly infoHashes: number
}

/**
 * Answers queries (spec 04 §4.2–4.4). Knows no network: a query goes in, its answer comes out. Nothing unproven is stored,
 * no answer exceeds {@link MAX_ANSWER_BYTES}.
 */
export class RpcServer {
  readonly #components: RpcServerComponents
  readonly #tokens: Tokens
  readonly #mutable: ItemStore
  readonly #immutable: ItemStore
  readonly #peers: PeerStore
  readonly #putter: Putter

  constructor(components: RpcServerComponents, limits: StorageLimits) {
    this.#components = components
    this.#tokens = new Tokens(components.now())
    this.#mutable = new ItemStore({ maxItems: limits.maxMutableItems, maxBytes: limits.maxItemBytes })
    this.#immutable = new ItemStore({ maxItems: limits.maxImmutableItems, maxBytes: limits.maxItemBytes })
    this.#peers = new PeerStore(limits)
    const checks = new TokenBucket(CHECKS_IN_ALL, components.now())
    this.#putter = new Putter(this.#mutable, this.#immutable, checks, components.keys)
  }

  get stored(): StoredCounts {
    return {
      mutableItems: this.#mutable.size,
      immutableItems: this.#immutable.size,
      infoHashes: this.#peers.size,
    }
  }

  /** The answer to a query, or nothing when it names neither a sender nor a method. */
  answer(incoming: IncomingQuery, from: Sender & NodeAddress): Message | undefined {
    const envelope = {
      transactionId: incoming.transactionId,
      version: VERSION,
      requesterAddress: writeCompactAddress(from),
    }
    if (incoming.type === 'malformed') {
      const refusal = incoming.method === undefined ? undefined : refuseMalformed(incoming.method)
      return refusal && { ...envelope, type: 'error', ...refusal }
    }
    const outcome = this.#handle(incoming.query, from)
    if (outcome.refusal) return { ...envelope, type: 'error', ...outcome.refusal }
    const response = { id: this.#components.id(), ...outcome.response }
    const answer = { ...envelope, type: 'response', response } as const
    if (outcome.nodesFor === undefined) return answer
    const nodes = writeCompactNodes(this.#components.closest(outcome.nodesFor, roomForNodes(answer)))
    return { ...answer, response: { ...response, nodes } }
  }

  /** Drops what has expired. */
  sweep(): void {
    const now = this.#components.now()
    for (const store of [this.#mutable, this.#immutable, this.#peers]) store.sweep(now)
  }

  #handle(query: Query, from: Sender): Outcome {
    const now = this.#components.now()
    switch (query.method) {
      case 'ping':
        return {}
      case 'find_node':
        return { nodesFor: query.target }
      case 'get_peers': {
        const peers = this.#peers.peers(query.infoHash, now)
        const token = this.#tokens.issue(from.ip, now)
        return { response: { token, peers: peers.length > 0 ? peers : undefined }, nodesFor: query.infoHash }
      }
      case 'get': {
        const item = readItem(this.#mutable, this.#immutable, query.target, query.seq, now)
        return { response: { token: this.#tokens.issue(from.ip, now), ...item }, nodesFor: query.target }
      }
      case 'sample_infohashes': {
        const samples = { hashes: this.#peers.sample(), count: this.#peers.size, interval: SAMPLE_INTERVAL_SECONDS }
        return { response: { samples }, nodesFor: query.target }
      }
      case 'announce_peer': {
        if (!this.#tokens.accepts(query.token, from.ip, now)) return { refusal: BAD_TOKEN }
        const port = query.impliedPort ? from.port : query.port
        if (port === 0) return { refusal: refuseMalformed(query.method) }
        this.#peers.announce(query.infoHash, from.ip, port, now)
        return {}
      }
      case 'put': {
        if (!this.#tokens.accepts(query.token, from.ip, now)) return { refusal: BAD_TOKEN }
        return { refusal: this.#putter.put(query, from.ip, now) }
      }
    }
  }
}

interface Outcome {
  readonly response?: Omit<Response, 'id' | 'nodes'> | undefined
  /** The target whose closest nodes go into the answer. */
  readonly nodesFor?: Uint8Array | undefined
  readonly refusal?: Refusal | undefined
}

/** How many nodes fit into an answer: all {@link K} beside everything but a large value. */
function roomForNodes(answer: Extract<Message, { type: 'response' }>): number {
  if (answer.response.value === undefined) return K
  const room = MAX_ANSWER_BYTES - encodeMessage(answer).length - '5:nodes000:'.length
  return Math.min(K, Math.floor(room / COMPACT_NODE_BYTES))
}

const BAD_TOKEN: Refusal = { code: 203, description: 'Bad token' }

const METHODS: ReadonlySet<string> = new Set<Query['method']>([
  'ping',
  'find_node',
  'get_peers',
  'announce_peer',
  'get',
  'put',
  'sample_infohashes',
])

function refuseMalformed(method: string): Refusal {
  if (METHODS.has(method)) return { code: 203, description: `Malformed ${method}` }
  return { code: 204, description: 'Method Unknown' }
}
