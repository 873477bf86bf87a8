import type { NodeAddress } from '../address.ts'
import type { BencodeValue, Encoded } from '../bencode/value.ts'

/** What surrounds every KRPC message (spec 04 §4.1). Absent members are absent on the wire. */
export interface Envelope {
  /** `t`: 1…20 bytes the asker chose and the answer repeats. */
  readonly transactionId: Uint8Array
  /** `v`: the software's mark, usually four bytes. */
  readonly version?: Uint8Array | undefined
  /** `ro`: the sender answers no queries (BEP 43). */
  readonly readOnly?: boolean | undefined
  /** `ip`, in answers: the asker's address as the sender saw it (BEP 42), 6 bytes, or 18 for IPv6. */
  readonly requesterAddress?: Uint8Array | undefined
}

/** The members of a mutable item in a put (BEP 44). */
export interface MutableFields {
  readonly key: Uint8Array
  readonly salt?: Uint8Array | undefined
  readonly seq: bigint
  readonly signature: Uint8Array
  readonly cas?: bigint | undefined
}

/** A bencoded value that travels as `v`. What we send may be encoded already. */
export type ItemValue = BencodeValue | Encoded

interface Asked {
  readonly id: Uint8Array
}

/** A query by its method, with its arguments (spec 04 §4.2). Ids, targets and info-hashes have 20 bytes. */
export type Query =
  | (Asked & { readonly method: 'ping' })
  | (Asked & { readonly method: 'find_node'; readonly target: Uint8Array })
  | (Asked & { readonly method: 'get_peers'; readonly infoHash: Uint8Array })
  | (Asked & {
      readonly method: 'announce_peer'
      readonly infoHash: Uint8Array
      readonly port: number
      readonly impliedPort?: boolean | undefined
      readonly token: Uint8Array
    })
  | (Asked & { readonly method: 'get'; readonly target: Uint8Array; readonly seq?: bigint | undefined })
  | (Asked & {
      readonly method: 'put'
      readonly token: Uint8Array
      readonly target?: Uint8Array | undefined
      readonly value: ItemValue
      readonly mutable?: MutableFields | undefined
    })
  | (Asked & { readonly method: 'sample_infohashes'; readonly target: Uint8Array })

/** The members of a response. Which are present says what kind of answer it is: {@link classifyResponse}. */
export interface Response {
  readonly id: Uint8Array
  /** Compact nodes, a multiple of 26 bytes. */
  readonly nodes?: Uint8Array | undefined
  readonly token?: Uint8Array | undefined
  readonly peers?: readonly NodeAddress[] | undefined
  readonly value?: ItemValue | undefined
  readonly key?: Uint8Array | undefined
  readonly seq?: bigint | undefined
  readonly signature?: Uint8Array | undefined
  /** BEP 51: concatenated info-hashes, how many there are in all, and seconds until the next sample. */
  readonly samples?: { readonly hashes: Uint8Array; readonly count: number; readonly interval: number } | undefined
}

/** What {@link classifyResponse} tells apart. */
export type ResponseKind = 'mutable' | 'not-newer' | 'immutable' | 'peers' | 'token' | 'nodes' | 'ping'

/** A message in either direction. */
export type Message =
  | (Envelope & { readonly type: 'query'; readonly query: Query })
  | (Envelope & { readonly type: 'response'; readonly response: Response })
  | (Envelope & { readonly type: 'error'; readonly code: number; readonly description: string })

/** A message whose envelope can be read but whose content cannot, so that it can be refused or its request ended. */
export type MalformedMessage = Envelope & {
  readonly type: 'malformed'
  readonly inside: 'query' | 'response' | 'error'
  /** The query's method, when it has a sender's id and a method at all. */
  readonly method?: string | undefined
}

/** The kind of an answer by the members it has, most specific first (spec 04 §4.2). */
export function classifyResponse(response: Response): ResponseKind {
  const { value, key, signature, seq, token, peers, nodes } = response
  if (value !== undefined && key !== undefined && signature !== undefined && seq !== undefined) return 'mutable'
  if (seq !== undefined && token !== undefined) return 'not-newer'
  if (value !== undefined && token !== undefined) return 'immutable'
  if (peers !== undefined) return 'peers'
  if (token !== undefined) return 'token'
  return nodes === undefined ? 'ping' : 'nodes'
}
