import { DEFAULT_RELAYS, PkarrClient, relayTransport, type Transport } from '@pubky/pkarr'
import { Client, checkedConfig } from '../client.ts'
import { invalidInput, messageOf } from '../errors/create.ts'
import { ClientCore } from '../http/client-core.ts'
import { findHomeserver } from '../pkdns/find-homeserver.ts'
import { LazyDht } from './lazy-dht.ts'
import { NativeTransport } from './native-transport.ts'
import type { NodeClientConfig } from './node-client-config.ts'
import { withRootCertificates } from './root-certificates.ts'

const TESTNET_RELAY_PORT = 15_411
const TESTNET_DHT_PORT = 6881

/**
 * A client that looks records up in the DHT and speaks PubkyTLS, with relays and domains as the second way
 * (spec 05 §4.3). It opens a UDP socket at the first look-up and keeps connections: dispose it when they are not needed
 * any more.
 */
class NodeClient extends Client implements AsyncDisposable {
  readonly #parts: readonly AsyncDisposable[]

  /**
   * A client for the main network. Opens nothing yet. Throws `InvalidInput`, or `InternalError` for unusable
   * certificates.
   */
  constructor(config?: NodeClientConfig | null, testnetHost?: string) {
    const { core, pkarr, disposables } = nodeParts(config ?? {}, testnetHost)
    super(null, { core, pkarr })
    this.#parts = disposables
  }

  /** A client for a testnet on this machine or on `host`: Pkarr relay on port 15411, DHT on port 6881. */
  static override testnet(host?: string | null): NodeClient {
    const name = host ?? 'localhost'
    const pkarr = { relays: [`http://${name}:${TESTNET_RELAY_PORT}`], bootstrap: [`${name}:${TESTNET_DHT_PORT}`] }
    return new NodeClient({ pkarr }, name)
  }

  /** Closes connections and the DHT node. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts) await part[Symbol.asyncDispose]()
  }
}

export { NodeClient as Client }

function nodeParts(
  config: NodeClientConfig,
  testnetHost: string | undefined,
): { core: ClientCore; pkarr: PkarrClient; disposables: readonly AsyncDisposable[] } {
  const { relays = [...DEFAULT_RELAYS], bootstrap, dhtRequestTimeout, requestTimeout } = config.pkarr ?? {}
  const { timeoutMs, maxErrorBodyBytes } = checkedConfig({
    ...(config.maxErrorBodyBytes !== undefined && { maxErrorBodyBytes: config.maxErrorBodyBytes }),
    ...(requestTimeout !== undefined && { pkarr: { requestTimeout } }),
  })
  const dht = new LazyDht({ port: 0, serverMode: false, bootstrap, requestTimeout: dhtRequestTimeout })
  const transports: Transport[] = [dht]
  try {
    if (relays.length > 0) transports.push(relayTransport(relays, { timeoutMs }))
  } catch (cause) {
    throw invalidInput(messageOf(cause), cause)
  }
  const { rootCertificatesPem, requestTimeoutMs, readTimeoutMs } = config
  const pkarr = new PkarrClient({ transports })
  const transport = new NativeTransport({
    pkarr,
    testnetHost,
    requestTimeoutMs,
    readTimeoutMs,
    rootCertificates: rootCertificatesPem === undefined ? undefined : withRootCertificates(rootCertificatesPem),
    // A network of one's own is entered by nodes of one's own.
    isForTests: testnetHost !== undefined || bootstrap !== undefined,
  })
  const core = new ClientCore({
    transport,
    findHomeserver: (user) => findHomeserver(pkarr, user).catch(() => undefined),
    maxErrorBodyBytes,
  })
  return { core, pkarr, disposables: [transport, pkarr, dht] }
}
