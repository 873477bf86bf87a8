import type { NodeAddress } from '../address.ts'
import type { Query, Response } from '../krpc/message.ts'

/** Who answered a request, and from where. */
export interface Sender {
  readonly ip: number
  readonly port: number
}

/** How a request ended. Every request ends in exactly one of these; none throws. */
export type Answer =
  | {
      readonly kind: 'response'
      readonly response: Response
      readonly from: Sender
      /** Our own address as the sender saw it, 6 bytes. */
      readonly requesterAddress: Uint8Array | undefined
    }
  | { readonly kind: 'error'; readonly code: number; readonly description: string; readonly from: Sender }
  /** The right node answered with something that is no KRPC message. */
  | { readonly kind: 'malformed'; readonly from: Sender }
  | { readonly kind: 'timeout' }
  /** We gave up: {@link PendingRequest.cancel}, or the node was closed. */
  | { readonly kind: 'cancelled' }

/** A query without the asker's id and transaction, which the network adds. */
export type Question = DistributiveOmit<Query, 'id'>

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never

/** A request under way. */
export interface PendingRequest {
  readonly answer: Promise<Answer>
  /** Ends the request at once with the answer `cancelled`. */
  cancel(): void
}

/** The part of the network that lookups and puts need. */
export interface Requester {
  /**
   * Asks one node. `onOverdue` is called once when two sendings went unanswered for as long as answers usually take; the
   * answer may still come.
   */
  request(to: NodeAddress, question: Question, onOverdue?: () => void): PendingRequest
}
