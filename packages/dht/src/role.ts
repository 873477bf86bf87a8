import { ipv4Number, type NodeAddress } from './address.ts'
import type { Message, Query } from './krpc/message.ts'
import { Reachability } from './network/reachability.ts'
import type { Sender } from './network/request.ts'
import type { IncomingQuery } from './network/rpc-socket.ts'
import { equalIds } from './node-id.ts'
import { createContact } from './routing-table/contact.ts'
import type { KnownNodes } from './routing-table/known-nodes.ts'
import type { RpcServer } from './rpc/server.ts'
import { isSecureId, secureId } from './secure-id.ts'

export interface RoleComponents {
  readonly nodes: KnownNodes
  readonly server: RpcServer
  /** The IPv4 addresses of this machine's interfaces. */
  readonly ownAddresses: () => readonly string[]
  /** Whether we sent anything to this address lately. */
  readonly hasAsked: (ip: number) => boolean
  /** Called when the node has a new id. */
  readonly onNewId: () => void
  readonly onAddress: (address: NodeAddress) => void
  readonly onServerMode: () => void
}

export interface RoleInit {
  readonly serverMode: boolean | 'adaptive'
  /** Our public address, if it is known for certain. */
  readonly publicAddress: NodeAddress | undefined
  /** Whether we start a network: nobody to enter it through. */
  readonly startsNetwork: boolean
}

/** Whether the node is a client or a server, and under which address and id (spec 04 §4.10). */
export class Role {
  readonly #components: RoleComponents
  readonly #init: RoleInit
  readonly #reachability: Reachability
  #serverMode: boolean

  constructor(components: RoleComponents, init: RoleInit) {
    this.#components = components
    this.#init = init
    this.#reachability = new Reachability(components.ownAddresses)
    this.#serverMode = init.serverMode === true
  }

  get serverMode(): boolean {
    return this.#serverMode
  }

  get publicAddress(): NodeAddress | undefined {
    return this.#init.publicAddress ?? this.#reachability.publicAddress
  }

  get firewalled(): boolean {
    return !this.#reachability.reachable
  }

  /** Learns from a query, and answers it when we are a server. */
  answer(incoming: IncomingQuery, from: Sender & NodeAddress): Message | undefined {
    const { nodes, server, hasAsked } = this.#components
    if (incoming.type === 'query') {
      if (equalIds(incoming.query.id, nodes.ownId)) this.#reachability.noteOurselves(from)
      else if (!hasAsked(from.ip)) this.#reachability.noteStranger(from.ip)
    }
    if (!this.#serverMode) return undefined
    if (incoming.type === 'query' && incoming.readOnly !== true) this.#meet(incoming.query, from)
    return server.answer(incoming, from)
  }

  /** Takes what somebody says our address is. */
  vote(voter: Sender, address: Uint8Array): void {
    const { nodes, onAddress } = this.#components
    if (this.#init.publicAddress !== undefined || !this.#reachability.vote(voter.ip, address)) return
    const { publicAddress } = this.#reachability
    if (publicAddress === undefined) return
    onAddress(publicAddress)
    if (this.#serverMode) this.#secureId()
    else if (this.#init.serverMode === 'adaptive') void nodes.ping(publicAddress)
  }

  /** Becomes a server, for good, if that is wanted and strangers can reach us. */
  adapt(): void {
    if (this.#init.serverMode !== 'adaptive' || this.#serverMode || !this.#reachability.reachable) return
    this.#serverMode = true
    this.#secureId()
    this.#components.onServerMode()
  }

  #meet(query: Query, from: Sender): void {
    const { nodes } = this.#components
    const contact = createContact(query.id.slice(), from.ip, from.port)
    const joins = query.method === 'find_node' && equalIds(query.target, query.id)
    if (this.#init.startsNetwork && joins) nodes.addUnproven(contact)
    else nodes.greet(contact)
  }

  /** Takes an id that fits our address, if ours does not. */
  #secureId(): void {
    const { nodes, onNewId } = this.#components
    const { publicAddress } = this
    if (publicAddress === undefined) return
    const ip = ipv4Number(publicAddress.host)
    if (isSecureId(nodes.ownId, ip)) return
    nodes.rename(secureId(ip))
    onNewId()
  }
}
