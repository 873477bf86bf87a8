import type { PublicKey } from '@pubky/crypto'
import { PkarrError } from '../error.ts'
import { resolveFailure } from '../network/failures.ts'
import { publishFailure } from '../network/publish-failures.ts'
import type { PublishReceipt, ResolveAnswer, ResolveQuery, Transport } from '../network/transport.ts'
import { packetFromParts } from '../packet/verified-packet.ts'

/** A mutable item of BEP 44 without salt. */
export interface DhtItem {
  readonly publicKey: PublicKey
  /** Signed 64-bit; the timestamp of a packet. */
  readonly seq: bigint
  /** The DNS message of a packet. */
  readonly value: Uint8Array
  readonly signature: Uint8Array
}

/** How a lookup went, in numbers of nodes (spec 04 §4.7). */
export interface DhtLookupReport {
  readonly queried: number
  readonly values: number
  readonly noValues: number
  readonly noMoreRecent: number
  readonly invalidValues: number
  readonly invalidResponses: number
  readonly errors: number
}

/**
 * The part of a DHT node that packets need; `DhtNode` of `@pubky/dht` has this shape. Failures carry a `code` of that
 * package, and what a put was refused for as `rejection` and `currentSeq`.
 */
export interface DhtNodeLike {
  getMutable(
    publicKey: PublicKey,
    options: { readonly newerThan?: bigint | undefined; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<DhtItem, DhtLookupReport, void>
  putMutable(
    item: DhtItem,
    options: { readonly cas?: bigint | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly storedNodes: number }>
}

/** Who wants to hear how operations went, for logs and metrics. */
export interface DhtTransportInit {
  readonly onLookup?: (key: PublicKey, report: DhtLookupReport) => void
  readonly onPut?: (key: PublicKey, storedNodes: number) => void
}

/**
 * A DHT node as a way to publish and resolve packets. Yields each packet as nodes send it, before the lookup ends. It
 * has no cache of its own, so `CacheOnly` asks nobody (spec 04 §3.3).
 */
export function dhtTransport(node: DhtNodeLike, init: DhtTransportInit = {}): Transport {
  return {
    name: 'dht',
    resolve: (key, query) => resolve(node, init, key, query),
    publish: async (packet, { cas, signal }) => {
      const { publicKey, timestamp, dns, signature } = packet
      const item: DhtItem = { publicKey, seq: timestamp, value: dns, signature }
      let receipt: PublishReceipt
      try {
        receipt = await node.putMutable(item, { cas, signal })
      } catch (error) {
        signal.throwIfAborted()
        throw putFailure(error)
      }
      init.onPut?.(publicKey, receipt.storedNodes)
      return { storedNodes: receipt.storedNodes }
    },
  }
}

async function* resolve(
  node: DhtNodeLike,
  init: DhtTransportInit,
  key: PublicKey,
  query: ResolveQuery,
): AsyncGenerator<ResolveAnswer, void> {
  const { policy, known, signal } = query
  if (policy === 'CacheOnly') return
  // One below what is known: nodes that hold the same item send it again, and so show that it still lives.
  const newerThan = known === undefined || known === 0n ? undefined : known - 1n
  const items = node.getMutable(key, { newerThan, signal })
  try {
    for (let step = await items.next(); ; step = await items.next()) {
      if (step.done) {
        init.onLookup?.(key, step.value)
        return
      }
      const answer = answerOf(key, step.value)
      if (answer !== undefined) yield answer
    }
  } catch (error) {
    signal.throwIfAborted()
    throw lookupFailure(error)
  } finally {
    await items.return(NO_REPORT)
  }
}

/** What a lookup that is left early is made to return. */
const NO_REPORT: DhtLookupReport = {
  queried: 0,
  values: 0,
  noValues: 0,
  noMoreRecent: 0,
  invalidValues: 0,
  invalidResponses: 0,
  errors: 0,
}

/** Checks what the node has checked once more: a wrong key or signature here would redirect a user (spec 04 §1.7). */
function answerOf(key: PublicKey, item: DhtItem): ResolveAnswer | undefined {
  if (!item.publicKey.equals(key)) return undefined
  const { seq, value, signature } = item
  if (seq < 0n) return { kind: 'invalid', seq }
  try {
    const packet = packetFromParts({ publicKey: key, signature, timestamp: seq, dns: value })
    return { kind: 'packet', packet }
  } catch (error) {
    if (!(error instanceof PkarrError)) throw error
    return error.code === 'invalid-signature' ? undefined : { kind: 'invalid', seq }
  }
}

function lookupFailure(error: unknown): PkarrError {
  if (error instanceof PkarrError) return error
  switch (codeOf(error)) {
    case 'no-nodes-queried':
      return resolveFailure('no-nodes', error)
    case 'no-responses':
      return resolveFailure('no-responses', error)
    case 'no-usable-responses':
      return resolveFailure('no-usable-responses', error)
    default:
      return resolveFailure('unexpected-responses', error)
  }
}

function putFailure(error: unknown): PkarrError {
  switch (codeOf(error)) {
    case 'not-most-recent':
    case 'cas-failed':
    case 'conflict-risk': {
      const seq = propertyOf(error, 'currentSeq')
      return publishFailure('not-most-recent', { cause: error, seq: typeof seq === 'bigint' ? seq : undefined })
    }
    case 'no-closest-nodes':
      return publishFailure('no-nodes', { cause: error })
    case 'timeout':
      return publishFailure('no-responses', { cause: error })
    case 'rejected': {
      const rejection = propertyOf(error, 'rejection')
      const code = Number(propertyOf(rejection, 'code'))
      const description = String(propertyOf(rejection, 'description'))
      const message = `DHT publish query was rejected with code: ${code}, description: ${description}`
      return new PkarrError('rejected', message, { cause: error, rejection: { code, description } })
    }
    default:
      return publishFailure('unexpected-responses', { cause: error })
  }
}

function codeOf(error: unknown): unknown {
  return propertyOf(error, 'code')
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
