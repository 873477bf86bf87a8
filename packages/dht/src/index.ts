export type { NodeAddress } from './address.ts'
export { decode } from './bencode/decode.ts'
export { encode } from './bencode/encode.ts'
export { type BencodeDict, type BencodeValue, type Encodable, Encoded } from './bencode/value.ts'
export {
  DEFAULT_BOOTSTRAP,
  DEFAULT_PORT,
  DEFAULT_REQUEST_TIMEOUT_MS,
  MAX_SALT_BYTES,
  MAX_VALUE_BYTES,
} from './constants.ts'
export { DhtError, type DhtErrorCode, type Rejection } from './errors.ts'
export type { DhtNodeInit } from './init.ts'
export { immutableTarget } from './items/immutable-item.ts'
export { type MutableItem, mutableTarget, signMutableItem, verifyMutableItem } from './items/mutable-item.ts'
export type { TrafficCounters } from './network/rpc-socket.ts'
export type { Rate } from './network/token-bucket.ts'
export { type Cancellable, DhtNode, type DhtNodeEvents, type DhtNodeInfo, type GetMutableOptions } from './node.ts'
export type { SizeEstimate } from './query/network-estimate.ts'
export type { PutReport } from './query/puts.ts'
export { type LookupReport, respondedNodes, usableNodes, type Verdict } from './query/report.ts'
export type { Contact } from './routing-table/contact.ts'
export type { StorageLimits, StoredCounts } from './rpc/server.ts'
export { DhtTestnet, type DhtTestnetInit } from './testnet.ts'
