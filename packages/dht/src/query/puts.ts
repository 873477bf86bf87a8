import { orAbort } from '../abort.ts'
import { encode } from '../bencode/encode.ts'
import { DhtError, type Rejection } from '../errors.ts'
import { immutableTarget } from '../items/immutable-item.ts'
import { assertMutableItem, assertSeq, assertValue, type MutableItem, mutableTarget } from '../items/mutable-item.ts'
import type { Question } from '../network/request.ts'
import { idKey } from '../node-id.ts'
import { collect } from './broadcast.ts'
import type { LookupComponents, LookupResult, Responder } from './lookup.ts'
import type { Lookups } from './lookups.ts'
import { ERROR_CAS_MISMATCH, ERROR_NOT_MOST_RECENT, type StoreReport, storeAt } from './store.ts'

/** What a put that succeeded did. */
export interface PutReport {
  /** Where on the network it is: 20 bytes. */
  readonly target: Uint8Array
  /** Nodes that stored it, at least 1. */
  readonly storedNodes: number
  /** Nodes that were asked to. */
  readonly askedNodes: number
}

interface MutablePut {
  readonly item: MutableItem
  readonly stop: AbortController
  readonly report: Promise<PutReport>
  waiters: number
}

/** Puts and announcements, with the rules for two puts of one key at a time (spec 04 §4.8). */
export class Puts {
  readonly #components: LookupComponents
  readonly #lookups: Lookups
  readonly #underWay = new Map<string, MutablePut>()

  constructor(components: LookupComponents, lookups: Lookups) {
    this.#components = components
    this.#lookups = lookups
  }

  /**
   * Puts a signed item on the closest nodes. The same item put twice at a time is one put.
   * @throws DhtError `invalid-argument`, `not-most-recent`, `cas-failed`, `conflict-risk`, `no-closest-nodes`, `timeout`,
   * `rejected`
   */
  async mutable(item: MutableItem, cas: bigint | undefined, signal?: AbortSignal): Promise<PutReport> {
    assertMutableItem(item)
    if (cas !== undefined) assertSeq(cas, 'cas')
    signal?.throwIfAborted()
    const target = mutableTarget(item.publicKey.bytes, item.salt)
    const name = idKey(target)
    const running = this.#underWay.get(name)
    if (running !== undefined) {
      if (Buffer.compare(running.item.signature, item.signature) === 0) return follow(running, signal)
      assertMayReplace(running, item, cas)
      running.stop.abort(
        new DhtError('not-most-recent', `replaced by a put of seq ${item.seq}`, { currentSeq: item.seq }),
      )
    }
    const stop = new AbortController()
    const put: MutablePut = { item, stop, report: this.#putMutable(target, item, cas, stop.signal), waiters: 0 }
    this.#underWay.set(name, put)
    const forget = () => {
      if (this.#underWay.get(name) === put) this.#underWay.delete(name)
    }
    put.report.then(forget, forget)
    return follow(put, signal)
  }

  /** Puts an immutable value. @throws DhtError `invalid-argument`, `no-closest-nodes`, `timeout`, `rejected` */
  async immutable(value: Uint8Array, signal: AbortSignal): Promise<PutReport> {
    assertValue(value)
    const target = immutableTarget(encode(value))
    const report = await this.#store({
      target,
      lookup: async () => (await collect(this.#lookups.getImmutable(target, signal))).result,
      question: (token) => ({ method: 'put', token, target, value }),
      refresh: { method: 'get', target },
      signal,
    })
    return finished(target, report)
  }

  /** Announces a peer. @throws DhtError `no-closest-nodes`, `timeout`, `rejected` */
  async announce(infoHash: Uint8Array, port: number | undefined, signal: AbortSignal): Promise<PutReport> {
    const place = port === undefined ? { port: 0, impliedPort: true } : { port }
    const report = await this.#store({
      target: infoHash,
      lookup: async () => (await collect(this.#lookups.getPeers(infoHash, signal))).result,
      question: (token) => ({ method: 'announce_peer', infoHash, token, ...place }),
      refresh: { method: 'get_peers', infoHash },
      signal,
    })
    return finished(infoHash, report)
  }

  async #putMutable(
    target: Uint8Array,
    item: MutableItem,
    cas: bigint | undefined,
    signal: AbortSignal,
  ): Promise<PutReport> {
    const { publicKey, salt, seq, value, signature } = item
    const lookup = async () => {
      const { items, result } = await collect(this.#lookups.getMutable(publicKey, salt, undefined, signal))
      assertMostRecent(items, seq, cas)
      return result
    }
    const mutable = { key: publicKey.bytes, salt: salt?.length ? salt : undefined, seq, signature, cas }
    const report = await this.#store({
      target,
      lookup,
      question: (token) => ({ method: 'put', token, target, value, mutable }),
      refresh: { method: 'get', target },
      signal,
    })
    assertNotOutvoted(report)
    // A minority may be right: some node says it has something newer, so look at it before claiming success.
    if (report.stored > 0 && report.rejections.has(ERROR_NOT_MOST_RECENT)) await lookup()
    return finished(target, report)
  }

  /** Sends to the nodes a recent lookup found; if there was none, or none of them lives any more, looks first. */
  async #store(order: StoreOrder): Promise<StoreReport> {
    const remembered = this.#lookups.freshResponders(order.target)
    if (remembered.length > 0) {
      const report = await this.#send(order, remembered)
      if (report.stored > 0 || report.rejections.size > 0) return report
    }
    const { responders } = await order.lookup()
    if (responders.length === 0) throw new DhtError('no-closest-nodes', 'no node answered that would take the put')
    return this.#send(order, responders)
  }

  #send({ target, question, refresh, signal }: StoreOrder, responders: readonly Responder[]): Promise<StoreReport> {
    signal.throwIfAborted()
    const chosen = this.#lookups.closestSet(target, responders)
    return storeAt(this.#components, chosen, question, refresh, [ERROR_CAS_MISMATCH, ERROR_NOT_MOST_RECENT], signal)
  }
}

/** What to store, and how to find and ask the nodes that shall. */
interface StoreOrder {
  readonly target: Uint8Array
  readonly lookup: () => Promise<LookupResult>
  /** The put itself, with the token a node gave. */
  readonly question: (token: Uint8Array) => Question
  /** What gets a new token. */
  readonly refresh: Question
  readonly signal: AbortSignal
}

/** Waits for a put that others may wait for too; the last one who leaves stops it. */
async function follow(put: MutablePut, signal: AbortSignal | undefined): Promise<PutReport> {
  put.waiters++
  try {
    return await orAbort(put.report, signal)
  } finally {
    if (--put.waiters === 0 && signal?.aborted) put.stop.abort(signal.reason)
  }
}

/** Which of two different puts of one key may go on (spec 04 §4.8, step 1). */
function assertMayReplace(running: MutablePut, item: MutableItem, cas: bigint | undefined): void {
  const current = running.item.seq
  if (item.seq < current) {
    throw new DhtError('not-most-recent', `seq ${item.seq} is below ${current}, which is being put`, {
      currentSeq: current,
    })
  }
  if (cas === current) return
  if (cas !== undefined) {
    throw new DhtError('cas-failed', `seq ${current} is being put, not ${cas}`, { currentSeq: current })
  }
  throw new DhtError(
    'conflict-risk',
    `seq ${current} of this key is being put, and no cas says that it may be replaced`,
  )
}

function assertMostRecent(found: readonly MutableItem[], seq: bigint, cas: bigint | undefined): void {
  const currentSeq = found.map((item) => item.seq).reduce<bigint | undefined>(higher, undefined)
  if (currentSeq === undefined) return
  if (cas !== undefined && cas !== currentSeq) {
    throw new DhtError('cas-failed', `the network has seq ${currentSeq}, not ${cas}`, { currentSeq })
  }
  if (currentSeq > seq) {
    throw new DhtError('not-most-recent', `seq ${seq} is below ${currentSeq}, which the network has`, { currentSeq })
  }
}

function higher(a: bigint | undefined, b: bigint): bigint {
  return a !== undefined && a > b ? a : b
}

/** More than half of the nodes refusing for one of these reasons outweighs those that stored (spec 04 §4.8, step 4). */
function assertNotOutvoted({ asked, rejections }: StoreReport): void {
  for (const [code, { count, description }] of rejections) {
    if (code !== ERROR_CAS_MISMATCH && code !== ERROR_NOT_MOST_RECENT) continue
    if (count > asked / 2) throw rejected({ code, description })
  }
}

function finished(target: Uint8Array, report: StoreReport): PutReport {
  if (report.stored > 0) return { target, storedNodes: report.stored, askedNodes: report.asked }
  const rejection = mostFrequent(report.rejections)
  if (rejection) throw rejected(rejection)
  throw new DhtError('timeout', `none of the ${report.asked} nodes asked to store it answered`)
}

function mostFrequent(rejections: StoreReport['rejections']): (Rejection & { readonly count: number }) | undefined {
  let most: (Rejection & { readonly count: number }) | undefined
  for (const [code, entry] of rejections) if (most === undefined || entry.count > most.count) most = { code, ...entry }
  return most
}

function rejected({ code, description }: Rejection): DhtError {
  const rejection = { code, description }
  if (code === ERROR_CAS_MISMATCH)
    return new DhtError('cas-failed', `nodes refused the put: ${description}`, { rejection })
  if (code === ERROR_NOT_MOST_RECENT) {
    return new DhtError('not-most-recent', `nodes refused the put: ${description}`, { rejection })
  }
  return new DhtError('rejected', `nodes refused the put with error ${code}: ${description}`, { rejection })
}
