import type { Keypair } from '@pubky/crypto'
import type { DhtNode } from '@pubky/dht'
import type { PkarrClient } from '@pubky/pkarr'
import { createPkarrRelay, DEFAULT_LIMITS, dhtNetwork } from '@pubky/pkarr-relay'
import type { Logger } from '@pubky/server-kit'
import type { Users } from '../accounts/users.ts'
import type { Closers } from '../closers.ts'
import type { HomeserverConfig } from '../config/schema.ts'
import type { ServerMetrics } from '../http/metrics/server-metrics.ts'
import { type OpenPkarrNetwork, openPkarrNetwork } from './network.ts'
import { OwnRecord, publicAddress } from './own-record.ts'
import { UserRecords } from './user-records.ts'

/** Rounds are never shorter, however they are configured (spec 03 §11). */
const MIN_REPUBLISH_SECONDS = 1_800

/** What discovery needs. */
export interface DiscoveryInit {
  readonly keypair: Keypair
  readonly config: Pick<HomeserverConfig, 'pkdns' | 'pkarr_relay'>
  /** The network to publish on. Default: DHT and relays of the configuration; `false`: none. */
  readonly pkarr: PkarrClient | false | undefined
  /** A domain other than `localhost` that clients of a testnet reach by plain HTTP. */
  readonly plainHttpDomain: string | undefined
  readonly bound: { readonly tlsPort: number; readonly httpPort: number }
  readonly users: Pick<Users, 'list'>
  /** Folder for what the relay keeps; undefined: a temporary one. */
  readonly directory: string | undefined
  readonly relayPortOption: string
  readonly metrics: Pick<ServerMetrics, 'ownRecord' | 'userRecords'>
  readonly log: Logger
}

/** What runs. */
export interface Discovery {
  /** Whether the first attempt to publish the own record worked. */
  readonly published: Promise<boolean>
  /** Undefined when the embedded relay is off. */
  readonly pkarrRelayUrl: string | undefined
}

/** Publishes the own record, keeps those of the users alive and, if wanted, opens an HTTP door to the DHT. */
export async function startDiscovery(init: DiscoveryInit, closers: Closers): Promise<Discovery> {
  const { pkdns, pkarr_relay: relay } = init.config
  const publishes = pkdns.publish && init.pkarr !== false
  if (!publishes && !relay.enabled) return { published: Promise.resolve(false), pkarrRelayUrl: undefined }
  const needsNetwork = relay.enabled || init.pkarr === undefined
  const network = needsNetwork ? await joinNetwork(init, closers) : undefined
  const pkarrRelayUrl =
    relay.enabled && network !== undefined ? await startRelay(init, network.node, closers) : undefined
  const client = init.pkarr === undefined ? network?.client : init.pkarr
  if (!publishes || client === undefined || client === false) {
    return { published: Promise.resolve(false), pkarrRelayUrl }
  }
  startUserRecords(init, client, closers)
  return { published: publishOwnRecord(init, client, closers), pkarrRelayUrl }
}

/** A server that cannot reach the DHT still serves; only the relay is nothing without it. */
async function joinNetwork(init: DiscoveryInit, closers: Closers): Promise<OpenPkarrNetwork | undefined> {
  try {
    const network = await openPkarrNetwork(init.config.pkdns)
    closers.push(() => network[Symbol.asyncDispose]())
    return network
  } catch (error) {
    if (init.config.pkarr_relay.enabled) throw error
    init.log.error({ err: error }, 'no way to the DHT: the own record and those of the users are not published')
    return undefined
  }
}

function publishOwnRecord(init: DiscoveryInit, client: PkarrClient, closers: Closers): Promise<boolean> {
  const { keypair, bound, log, plainHttpDomain } = init
  const { pkdns } = init.config
  const isPublicNetwork = init.pkarr === undefined && pkdns.dht_bootstrap_nodes === undefined
  const address = { ...publicAddress(pkdns, bound, isPublicNetwork), plainHttpDomain }
  const record = new OwnRecord({
    keypair,
    network: client,
    address,
    log,
    onPublish: (isPublished) => init.metrics.ownRecord(isPublished),
  })
  closers.push(() => record[Symbol.dispose]())
  return record.start()
}

function startUserRecords(init: DiscoveryInit, client: PkarrClient, closers: Closers): void {
  const interval = init.config.pkdns.user_keys_republisher_interval
  if (interval === 0) return
  const users = new UserRecords({
    users: init.users,
    client,
    homeserver: init.keypair.publicKey,
    intervalSeconds: Math.max(interval, MIN_REPUBLISH_SECONDS),
    log: init.log,
    onRound: (summary) => init.metrics.userRecords(summary),
  })
  users.start()
  closers.push(() => users[Symbol.asyncDispose]())
}

async function startRelay(init: DiscoveryInit, node: DhtNode, closers: Closers): Promise<string> {
  const relay = await createPkarrRelay({
    ...init.config.pkarr_relay.listen_socket,
    portOption: init.relayPortOption,
    network: dhtNetwork(node, init.log),
    cachePath: init.directory,
    limits: DEFAULT_LIMITS,
    log: init.log,
  })
  closers.push(() => relay.stop())
  return relay.url
}
