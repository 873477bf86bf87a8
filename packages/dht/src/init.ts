import { isIPv4 } from 'node:net'
import type { NodeAddress } from './address.ts'
import {
  DEFAULT_BOOTSTRAP,
  DEFAULT_MAX_INFO_HASHES,
  DEFAULT_MAX_ITEM_BYTES,
  DEFAULT_MAX_ITEMS,
  DEFAULT_MAX_PEERS_PER_HASH,
  DEFAULT_REQUEST_TIMEOUT_MS,
  DEFAULT_SEND_RATE,
  QUERIES_PER_SOURCE,
} from './constants.ts'
import { DhtError } from './errors.ts'
import type { Rate } from './network/token-bucket.ts'
import type { StorageLimits } from './rpc/server.ts'

/** How a node is set up. Everything has a default. */
export interface DhtNodeInit {
  /** UDP port. Left out: 6881 if it is free, else any. 0: any. */
  readonly port?: number | undefined
  /** IPv4 address to listen on; 0.0.0.0 for all. */
  readonly host?: string | undefined
  /** Nodes to enter the network through, `host:port` each; an empty list starts a network. Default: Mainline's public ones. */
  readonly bootstrap?: readonly string[] | undefined
  /** Nodes known from before, such as `node.contacts()` of the last run. */
  readonly knownNodes?: readonly NodeAddress[] | undefined
  /**
   * Whether to answer others. `adaptive` starts as a client and becomes a server once strangers proved to reach it. Set
   * `true` on machines with a public or forwarded port, and in test networks.
   */
  readonly serverMode?: boolean | 'adaptive' | undefined
  /** This machine's public IPv4 address, if known: the node's id is made from it (BEP 42). */
  readonly publicIp?: string | undefined
  /** Milliseconds to wait for one node. */
  readonly requestTimeout?: number | undefined
  /** Our own requests a second, at most. */
  readonly sendRate?: number | undefined
  /** Queries that are read from one address of another machine, at most. */
  readonly queryRate?: Rate | undefined
  /** How much to keep for others. */
  readonly storage?: Partial<StorageLimits> | undefined
}

/** {@link DhtNodeInit} with every default filled in. */
export interface Settings {
  readonly port: number | undefined
  readonly host: string
  readonly bootstrap: readonly string[]
  readonly knownNodes: readonly NodeAddress[]
  readonly serverMode: boolean | 'adaptive'
  readonly publicIp: string | undefined
  readonly requestTimeout: number
  readonly sendRate: number
  readonly queryRate: Rate
  readonly storage: StorageLimits
}

/** Checks an init and fills in defaults. @throws DhtError `invalid-argument` */
export function resolveInit(init: DhtNodeInit): Settings {
  const { port, host = '0.0.0.0', publicIp } = init
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new DhtError('invalid-argument', `port must be 0…65535 but is ${port}`)
  }
  for (const address of [host, publicIp]) {
    if (address !== undefined && !isIPv4(address)) {
      throw new DhtError('invalid-argument', `not an IPv4 address: ${JSON.stringify(address)}`)
    }
  }
  return {
    port,
    host,
    bootstrap: init.bootstrap ?? DEFAULT_BOOTSTRAP,
    knownNodes: init.knownNodes ?? [],
    serverMode: init.serverMode ?? 'adaptive',
    publicIp,
    requestTimeout: positive('requestTimeout', init.requestTimeout ?? DEFAULT_REQUEST_TIMEOUT_MS),
    sendRate: positive('sendRate', init.sendRate ?? DEFAULT_SEND_RATE),
    queryRate: {
      perSecond: positive('queryRate.perSecond', init.queryRate?.perSecond ?? QUERIES_PER_SOURCE.perSecond),
      burst: positive('queryRate.burst', init.queryRate?.burst ?? QUERIES_PER_SOURCE.burst),
    },
    storage: {
      maxMutableItems: positive('maxMutableItems', init.storage?.maxMutableItems ?? DEFAULT_MAX_ITEMS),
      maxImmutableItems: positive('maxImmutableItems', init.storage?.maxImmutableItems ?? DEFAULT_MAX_ITEMS),
      maxItemBytes: positive('maxItemBytes', init.storage?.maxItemBytes ?? DEFAULT_MAX_ITEM_BYTES),
      maxInfoHashes: positive('maxInfoHashes', init.storage?.maxInfoHashes ?? DEFAULT_MAX_INFO_HASHES),
      maxPeersPerHash: positive('maxPeersPerHash', init.storage?.maxPeersPerHash ?? DEFAULT_MAX_PEERS_PER_HASH),
    },
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new DhtError('invalid-argument', `${name} must be a number above 0 but is ${value}`)
}
