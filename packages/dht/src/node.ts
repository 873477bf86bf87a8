import { EventEmitter } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { PublicKey } from '@pubky/crypto'
import { orAbort } from './abort.ts'
import { type AddressScope, assertAddress, ipv4Number, isLocalAddress, type NodeAddress } from './address.ts'
import { DEFAULT_PORT, K } from './constants.ts'
import { DhtError } from './errors.ts'
import { type DhtNodeInit, resolveInit, type Settings } from './init.ts'
import { assertSalt, assertSeq, type MutableItem } from './items/mutable-item.ts'
import { Entrances, scopeOf } from './network/entrances.ts'
import type { Sender } from './network/request.ts'
import { type IncomingQuery, RpcSocket, type RpcSocketOwner, type TrafficCounters } from './network/rpc-socket.ts'
import { assertId, randomId } from './node-id.ts'
import { collect } from './query/broadcast.ts'
import type { LookupResult } from './query/lookup.ts'
import { Lookups } from './query/lookups.ts'
import { NetworkEstimate, type SizeEstimate } from './query/network-estimate.ts'
import { type PutReport, Puts } from './query/puts.ts'
import { assertConclusive, type LookupReport } from './query/report.ts'
import { Role } from './role.ts'
import type { Contact } from './routing-table/contact.ts'
import { KnownNodes } from './routing-table/known-nodes.ts'
import { ReadyKeys } from './rpc/ready-keys.ts'
import { RpcServer, type StoredCounts } from './rpc/server.ts'
import { secureId } from './secure-id.ts'
import { Upkeep } from './upkeep.ts'

/** Ends an operation early: it rejects with the signal's reason. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}

/** Which mutable item to get. */
export interface GetMutableOptions extends Cancellable {
  readonly salt?: Uint8Array | undefined
  /** Ask only for items with a higher `seq`: nodes that have none answer without a value. */
  readonly newerThan?: bigint | undefined
}

/** A node's state, for status pages and metrics. */
export interface DhtNodeInfo {
  readonly id: Uint8Array
  /** Where the node listens. */
  readonly address: NodeAddress
  /** Where others see it, once enough agree. */
  readonly publicAddress: NodeAddress | undefined
  /** Whether nothing proves that strangers can reach the node. */
  readonly firewalled: boolean
  /** Whether the node answers others. */
  readonly serverMode: boolean
  /** How many nodes the network seems to have. */
  readonly networkSize: SizeEstimate
  /** Nodes in the routing table. */
  readonly contacts: number
  readonly stored: StoredCounts
  readonly traffic: TrafficCounters
}

/** Parts that several nodes of one process may share. */
interface DhtNodeComponents {
  readonly keys?: ReadyKeys | undefined
}

/** What a node tells while it runs. */
export interface DhtNodeEvents {
  /** The first attempt to enter the network has ended; the routing table has this many contacts. */
  ready: [contacts: number]
  /** Enough others agree on our public address. */
  address: [address: NodeAddress]
  /** The node began to answer others. */
  serverMode: []
}

/**
 * A node of Mainline, the DHT of BitTorrent, with the storage of BEP 44 (spec 04 §4). It runs from {@link DhtNode.create}
 * until it is disposed of.
 */
export class DhtNode extends EventEmitter<DhtNodeEvents> implements AsyncDisposable {
  readonly #socket: RpcSocket
  readonly #nodes: KnownNodes
  readonly #estimate = new NetworkEstimate()
  readonly #entrances: Entrances
  readonly #knownNodes: readonly NodeAddress[]
  readonly #lookups: Lookups
  readonly #puts: Puts
  readonly #server: RpcServer
  readonly #role: Role
  readonly #upkeep: Upkeep
  readonly #closing = new AbortController()

  private constructor(settings: Settings, socket: RpcSocket, entrances: Entrances, keys: ReadyKeys) {
    super()
    const { publicIp, knownNodes, serverMode, storage } = settings
    this.#socket = socket
    this.#entrances = entrances
    this.#knownNodes = knownNodes
    this.#nodes = new KnownNodes(
      {
        requester: socket,
        estimate: this.#estimate,
        now,
        lastAnswerAt: () => socket.lastAnswerAt,
        onRequesterAddress: (voter, address) => this.#role.vote(voter, address),
      },
      { id: publicIp === undefined ? randomId() : secureId(ipv4Number(publicIp)), scope: initialScope(settings) },
    )
    const closest = (target: Uint8Array, count: number) => this.#nodes.closest(target, count)
    const asking = { requester: socket, contacts: this.#nodes, now }
    this.#lookups = new Lookups({
      ...asking,
      estimate: this.#estimate,
      nearest: closest,
      entrances: (known) => this.#entrancesFor(known),
    })
    this.#puts = new Puts(asking, this.#lookups)
    this.#server = new RpcServer({ id: () => this.#nodes.ownId, closest, now, keys }, storage)
    this.#role = new Role(
      {
        nodes: this.#nodes,
        server: this.#server,
        ownAddresses,
        hasAsked: (ip) => socket.hasAsked(ip),
        onNewId: () => void this.#upkeep.lookUpSelf(),
        onAddress: (address) => this.emit('address', address),
        onServerMode: () => this.emit('serverMode'),
      },
      {
        serverMode,
        publicAddress: publicIp === undefined ? undefined : { host: publicIp, port: socket.address.port },
        startsNetwork: entrances.isEmpty && knownNodes.length === 0,
      },
    )
    this.#upkeep = new Upkeep({
      nodes: this.#nodes,
      lookups: this.#lookups,
      now,
      canBootstrap: !entrances.isEmpty || knownNodes.length > 0,
      onRound: () => this.#server.sweep(),
      onRefresh: () => this.#role.adapt(),
    })
  }

  /**
   * Takes a port and begins to enter the network; see {@link bootstrapped}.
   * @throws DhtError `invalid-argument`, `bind-failed`
   */
  static async create(init: DhtNodeInit = {}, components: DhtNodeComponents = {}): Promise<DhtNode> {
    const settings = resolveInit(init)
    for (const address of settings.knownNodes) assertAddress(address)
    const entrances = new Entrances(settings.bootstrap, now)
    // Nothing arrives before the socket is bound, and the node is there in the same turn.
    const late: { node?: DhtNode } = {}
    const owner: RpcSocketOwner = {
      now,
      id: () => late.node!.id,
      readOnly: () => !late.node!.#role.serverMode,
      onQuery: (query, from) => late.node!.#answer(query, from),
    }
    const socket = await bind(owner, settings)
    const node = new DhtNode(settings, socket, entrances, components.keys ?? new ReadyKeys())
    late.node = node
    node.#upkeep.start()
    void node.#upkeep.entered.then(() => {
      if (!node.#closing.signal.aborted) node.emit('ready', node.#nodes.size)
    })
    return node
  }

  /** Our id in the network, 20 bytes. Changes when the node learns its public address (BEP 42). */
  get id(): Uint8Array {
    return this.#nodes.ownId
  }

  /** Where the node listens. */
  get address(): NodeAddress {
    return this.#socket.address
  }

  /** The node's state at this moment. */
  info(): DhtNodeInfo {
    return {
      id: this.id,
      address: this.address,
      publicAddress: this.#role.publicAddress,
      firewalled: this.#role.firewalled,
      serverMode: this.#role.serverMode,
      networkSize: this.#estimate.size,
      contacts: this.#nodes.size,
      stored: this.#server.stored,
      traffic: this.#socket.counters,
    }
  }

  /** Nodes in the routing table, to be kept for the next start's `knownNodes`. */
  contacts(): Contact[] {
    return this.#nodes.contacts()
  }

  /** Waits for the first attempt to enter the network to end; whether it knows anybody then. */
  async bootstrapped({ signal }: Cancellable = {}): Promise<boolean> {
    await orAbort(this.#upkeep.entered, this.#signal(signal))
    return this.#nodes.size > 0
  }

  /**
   * Asks nodes at these addresses whether they live and adds those that do; returns how many did.
   * @throws DhtError `invalid-argument`, `closed`
   */
  async addNodes(addresses: readonly NodeAddress[], { signal }: Cancellable = {}): Promise<number> {
    addresses.forEach(assertAddress)
    const pings = Promise.all(addresses.map((address) => this.#nodes.ping(address)))
    const found = await orAbort(pings, this.#signal(signal))
    return found.filter((contact) => contact !== undefined).length
  }

  /**
   * The nodes closest to a target that answered, secure ones first (BEP 42), then by distance.
   * @throws DhtError `invalid-argument`, `no-nodes-queried`, `no-responses`, `closed`
   */
  async findNode(target: Uint8Array, { signal }: Cancellable = {}): Promise<readonly Contact[]> {
    assertId(target, 'a target')
    const { closest, report } = await this.#lookups.findNode(target, this.#signal(signal))
    assertConclusive(report)
    return closest
  }

  /**
   * Looks a mutable item up. Yields each distinct item once, as it arrives, its signature checked, in no order of `seq`;
   * returns the report. Ends without items when nodes answered that they have none.
   * @throws DhtError `invalid-argument`, `no-nodes-queried`, `no-responses`, `no-usable-responses`, `closed`
   */
  async *getMutable(
    publicKey: PublicKey,
    options: GetMutableOptions = {},
  ): AsyncGenerator<MutableItem, LookupReport, void> {
    const { salt, newerThan } = options
    assertSalt(salt)
    if (newerThan !== undefined) assertSeq(newerThan, 'newerThan')
    return yield* conclusive(this.#lookups.getMutable(publicKey, salt, newerThan, this.#signal(options.signal)))
  }

  /**
   * Looks a mutable item up to the end: the item with the highest `seq` (of two with the same, the one with the larger
   * value), or none when nodes answered that they have none.
   * @throws as {@link getMutable}
   */
  async getMutableMostRecent(
    publicKey: PublicKey,
    options: GetMutableOptions = {},
  ): Promise<{ readonly item: MutableItem | undefined; readonly report: LookupReport }> {
    const { items, result } = await collect(this.getMutable(publicKey, options))
    return { item: items.toSorted(compareRecency).at(-1), report: result }
  }

  /**
   * Stores a signed item on the nodes closest to its target. With `cas`, only where that `seq` or nothing is stored.
   * @throws DhtError `invalid-argument`, `not-most-recent`, `cas-failed`, `conflict-risk`, `no-closest-nodes`, `timeout`,
   * `rejected`, `closed`
   */
  putMutable(item: MutableItem, options: Cancellable & { readonly cas?: bigint | undefined } = {}): Promise<PutReport> {
    return this.#start(options.signal, (signal) => this.#puts.mutable(item, options.cas, signal))
  }

  /**
   * The immutable value with this target (20 bytes), or none when nodes answered that they have none.
   * @throws as {@link getMutable}
   */
  async getImmutable(target: Uint8Array, { signal }: Cancellable = {}): Promise<Uint8Array | undefined> {
    assertId(target, 'a target')
    for await (const value of conclusive(this.#lookups.getImmutable(target, this.#signal(signal)))) return value
    return undefined
  }

  /** Stores up to 1000 bytes under their own hash. @throws DhtError as {@link putMutable}, without those about `seq` */
  putImmutable(value: Uint8Array, { signal }: Cancellable = {}): Promise<PutReport> {
    return this.#start(signal, (stop) => this.#puts.immutable(value, stop))
  }

  /** Yields peers of a torrent as nodes name them, each once. @throws as {@link getMutable} */
  async *getPeers(infoHash: Uint8Array, { signal }: Cancellable = {}): AsyncGenerator<NodeAddress, LookupReport, void> {
    assertId(infoHash, 'an info-hash')
    return yield* conclusive(this.#lookups.getPeers(infoHash, this.#signal(signal)))
  }

  /** Announces this machine as a peer of a torrent; without `port`, at the port our datagrams come from. @throws as {@link putImmutable} */
  async announcePeer(
    infoHash: Uint8Array,
    options: Cancellable & { readonly port?: number | undefined } = {},
  ): Promise<PutReport> {
    assertId(infoHash, 'an info-hash')
    const { port } = options
    if (port !== undefined) assertAddress({ host: this.address.host, port })
    return this.#start(options.signal, (signal) => this.#puts.announce(infoHash, port, signal))
  }

  /** For nodes that only ask: from now on only what is under way keeps the process running. */
  unref(): void {
    this.#socket.unref()
  }

  /** Leaves the network: ends what is under way with `closed`, and gives the port back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new DhtError('closed', 'the DHT node was closed'))
    this.#upkeep[Symbol.dispose]()
    await this.#socket[Symbol.asyncDispose]()
  }

  #answer(query: IncomingQuery, from: Sender & NodeAddress): void {
    const answer = this.#role.answer(query, from)
    if (answer) this.#socket.reply(answer, from)
  }

  /** Bootstrap nodes, as long as the table is too small to begin with. */
  async #entrancesFor(known: number): Promise<readonly NodeAddress[]> {
    if (known >= K) return []
    const bootstrap = await this.#entrances.addresses()
    if (bootstrap.length > 0 && this.#nodes.scope !== 'local') this.#nodes.setScope(scopeOf(bootstrap))
    return [...bootstrap, ...this.#knownNodes]
  }

  /** Ends with the caller's signal or with the node. @throws DhtError `closed` */
  #signal(signal: AbortSignal | undefined): AbortSignal {
    this.#closing.signal.throwIfAborted()
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
  }

  async #start<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return work(this.#signal(signal))
  }
}

const now = () => performance.now()

/** The given port, or the usual one if it is free. */
async function bind(owner: RpcSocketOwner, settings: Settings): Promise<RpcSocket> {
  const { port } = settings
  if (port !== undefined) return RpcSocket.bind(owner, { ...settings, port })
  try {
    return await RpcSocket.bind(owner, { ...settings, port: DEFAULT_PORT })
  } catch (error) {
    if (error instanceof DhtError && error.code === 'bind-failed')
      return RpcSocket.bind(owner, { ...settings, port: 0 })
    throw error
  }
}

function initialScope({ host, bootstrap }: Settings): AddressScope {
  if (host !== '0.0.0.0' && isLocalAddress(ipv4Number(host))) return 'local'
  return bootstrap.length === 0 ? 'any' : 'public'
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map((entry) => entry.address))
}

/** Passes a lookup's items on, and turns its result into a report that was checked. */
async function* conclusive<T>(lookup: AsyncGenerator<T, LookupResult, void>): AsyncGenerator<T, LookupReport, void> {
  const { report } = yield* lookup
  assertConclusive(report)
  return report
}

function compareRecency(a: MutableItem, b: MutableItem): number {
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1
  return Buffer.compare(a.value, b.value)
}
