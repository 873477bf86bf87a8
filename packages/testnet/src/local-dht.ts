import { DhtError, DhtNode, DhtTestnet } from '@pubky/dht'
import { ServerKitError } from '@pubky/server-kit'
import { DHT_REQUEST_TIMEOUT_MS, PORT_OPTIONS } from './constants.ts'

/** The DHT of a testnet, and the node through which the testnet itself uses it. */
export interface LocalDht extends AsyncDisposable {
  /** `ip:port` of each node that clients can enter through. */
  readonly bootstrap: readonly string[]
  /** A client of the network: asks, and answers nobody. */
  readonly client: DhtNode
}

/**
 * Starts a DHT that has no connection to any other.
 *
 * @param init.port UDP port of the first node, 0 for a free one
 * @param init.isOpen listen on all addresses instead of loopback only
 * @throws ServerKitError `port-taken`
 */
export async function startLocalDht(init: {
  readonly size: number
  readonly port: number
  readonly isOpen: boolean
}): Promise<LocalDht> {
  const host = init.isOpen ? '0.0.0.0' : '127.0.0.1'
  await using stack = new AsyncDisposableStack()
  const requestTimeout = DHT_REQUEST_TIMEOUT_MS
  let network: DhtTestnet
  try {
    network = stack.use(await DhtTestnet.create({ size: init.size, port: init.port, host, requestTimeout }))
  } catch (error) {
    if (!(error instanceof DhtError) || error.code !== 'bind-failed') throw error
    const message = `DHT node cannot listen on UDP ${host}:${init.port}: port ${init.port} is taken by another program. Stop that program, or choose another port with ${PORT_OPTIONS.dht}.`
    throw new ServerKitError('port-taken', message, { cause: error })
  }
  const { bootstrap } = network
  const settings = { host: '127.0.0.1', port: 0, serverMode: false, bootstrap, requestTimeout } as const
  const client = stack.use(await DhtNode.create(settings))
  await client.bootstrapped()
  const running = stack.move()
  return { bootstrap, client, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
