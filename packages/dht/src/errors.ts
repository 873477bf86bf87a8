/** Every way in which this package refuses input or reports that the network did not do what was asked. */
export type DhtErrorCode =
  /** Bytes are not the bencoding asked for. */
  | 'invalid-bencode'
  /** An argument is out of range: a port, an id's length, a value above its limit, a signature that does not verify. */
  | 'invalid-argument'
  /** The node was closed. */
  | 'closed'
  /** The UDP port could not be taken; `cause` has the system's reason. */
  | 'bind-failed'
  /** A lookup knew nobody to ask: empty routing table and no reachable bootstrap name (spec 04 §4.7). */
  | 'no-nodes-queried'
  /** A lookup asked, and nobody answered in time. */
  | 'no-responses'
  /** Nodes answered a lookup, but none with an answer to the question. */
  | 'no-usable-responses'
  /** A put found no node that would take it (spec 04 §4.8). */
  | 'no-closest-nodes'
  /** No node answered a put in time. */
  | 'timeout'
  /** The network, or a put of ours under way, holds an item with a higher `seq` (error 302). */
  | 'not-most-recent'
  /** The stored item's `seq` is not the expected one (error 301). */
  | 'cas-failed'
  /** Another value is being put under this key right now and no `cas` says which one shall win. */
  | 'conflict-risk'
  /** Every node refused a put; {@link DhtError.rejection} has the most frequent reason. */
  | 'rejected'

/** A KRPC error message: its number and text. */
export interface Rejection {
  readonly code: number
  readonly description: string
}

/** The only error this package throws, besides the reason of an aborted signal. Switch on `code`. */
export class DhtError extends Error {
  override readonly name = 'DhtError'
  readonly code: DhtErrorCode
  /** What most nodes answered to a put that failed. */
  readonly rejection: Rejection | undefined
  /** With `not-most-recent` and `cas-failed`: the highest `seq` seen on the network, when one was seen. */
  readonly currentSeq: bigint | undefined

  constructor(
    code: DhtErrorCode,
    message: string,
    options?: ErrorOptions & { readonly rejection?: Rejection | undefined; readonly currentSeq?: bigint | undefined },
  ) {
    super(message, options)
    this.code = code
    this.rejection = options?.rejection
    this.currentSeq = options?.currentSeq
  }
}
