import { DhtNode } from './node.ts'
import { ReadyKeys } from './rpc/ready-keys.ts'

/** How a local network is made. */
export interface DhtTestnetInit {
  /** How many nodes, at least 1. */
  readonly size: number
  /** UDP port of the first node; left out: 6881 if it is free, as official test networks do (spec 04 §4.13). 0: any. */
  readonly port?: number | undefined
  /** Milliseconds to wait for one node. Everybody is near, so a dead one need not be waited for long. */
  readonly requestTimeout?: number | undefined
  /** Address to listen on: 127.0.0.1, or 0.0.0.0 for other machines as well. */
  readonly host?: '127.0.0.1' | '0.0.0.0' | undefined
}

const LOOPBACK = '127.0.0.1'

/** Wait for one node, as in official test networks. */
const REQUEST_TIMEOUT_MS = 100

/** A network of nodes on this machine alone, all in server mode and acquainted with each other. */
export class DhtTestnet implements AsyncDisposable {
  readonly #nodes: DhtNode[]

  private constructor(nodes: DhtNode[]) {
    this.#nodes = nodes
  }

  /** Starts all nodes and waits until they know each other. @throws DhtError `bind-failed` */
  static async create(init: DhtTestnetInit): Promise<DhtTestnet> {
    const { size, port, host = LOOPBACK, requestTimeout = REQUEST_TIMEOUT_MS } = init
    const testnet = new DhtTestnet([])
    const keys = new ReadyKeys()
    try {
      for (let index = 0; index < size; index++) {
        const bootstrap = testnet.bootstrap.slice(0, 1)
        const settings = { host, serverMode: true, bootstrap, requestTimeout } as const
        testnet.#nodes.push(await DhtNode.create({ ...settings, port: index === 0 ? port : 0 }, { keys }))
      }
      await Promise.all(testnet.nodes.map((node) => node.bootstrapped()))
      // Who came early has not met who came late.
      await Promise.all(testnet.nodes.map((node) => node.addNodes(others(testnet, node))))
    } catch (error) {
      await testnet[Symbol.asyncDispose]()
      throw error
    }
    return testnet
  }

  /** All nodes, the first one first. */
  get nodes(): readonly DhtNode[] {
    return this.#nodes
  }

  /** The nodes' addresses, `host:port`, for the `bootstrap` of others. */
  get bootstrap(): readonly string[] {
    return this.#nodes.map(({ address }) => `${LOOPBACK}:${address.port}`)
  }

  /** Stops all nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()))
  }
}

function others(testnet: DhtTestnet, node: DhtNode) {
  return testnet.nodes.filter((other) => other !== node).map((other) => ({ host: LOOPBACK, port: other.address.port }))
}
