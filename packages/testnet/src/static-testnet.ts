import { lookup } from 'node:dns/promises'
import { type Homeserver, loadHomeserverConfig } from '@pubky/homeserver'
import type { HttpRelay } from '@pubky/http-relay'
import type { PkarrRelay } from '@pubky/pkarr-relay'
import { type Logger, ServerKitError, silentLogger } from '@pubky/server-kit'
import { STATIC_PORTS, type TestnetPorts, wellKnownKeypair } from './constants.ts'
import { openDataFolder } from './data-folder.ts'
import type { PublishedAs } from './homeserver-settings.ts'
import { Testnet, type TestnetHomeserverInit } from './testnet.ts'

/** How a static testnet is started. */
export interface StaticTestnetInit {
  /**
   * The name under which clients reach this machine. Default `localhost`, which listens on loopback only; any other name
   * is published, and everything listens on all addresses.
   */
  readonly host?: string
  /** Ports other than {@link STATIC_PORTS}; clients in testnet mode do not find those. */
  readonly ports?: Partial<TestnetPorts>
  /** Folder that keeps the state. Default: everything is in memory. */
  readonly data?: string
  /** What a fresh data folder allows: anybody to sign up (default), or only who has a token, as a homeserver does. */
  readonly freshData?: 'open' | 'token-required'
  /** Configuration of the homeserver; seeds a fresh data folder. */
  readonly homeserverConfig?: string
  /** Default: nothing is logged. */
  readonly log?: Logger
}

/** A running static testnet. */
export interface StaticTestnet extends AsyncDisposable {
  /** To add more parts. */
  readonly testnet: Testnet
  readonly homeserver: Homeserver
  readonly pkarrRelay: PkarrRelay
  readonly httpRelay: HttpRelay
  /** `ip:port` of the DHT nodes. */
  readonly bootstrap: readonly string[]
  /** The name under which clients reach this machine. */
  readonly host: string
  /** Absolute path of the folder that keeps the state. */
  readonly data: string | undefined
}

/**
 * Starts the network that clients in testnet mode have built in: fixed ports and, unless the data folder has another
 * one, a fixed homeserver key (spec 06 §9). The HTTP relay comes last, when everything else can be used.
 *
 * @throws ServerKitError `port-taken`, `listen`, `config`, `usage`; HomeserverError `storage-failed`; TestnetError `publish-failed`
 */
export async function startStaticTestnet(init: StaticTestnetInit = {}): Promise<StaticTestnet> {
  const { host = 'localhost', log = silentLogger() } = init
  const ports = { ...STATIC_PORTS, ...init.ports }
  const published = await publishedAs(host)
  const { homeserver: homeserverInit, packetFile, data } = await prepareHomeserver(init, log)
  await using stack = new AsyncDisposableStack()
  const memory = packetFile === undefined ? {} : { packetFile }
  const testnet = stack.use(await Testnet.create({ ...memory, dhtPort: ports.dht, published, log }))
  const pkarrRelay = await testnet.createPkarrRelay({ port: ports.pkarrRelay })
  const homeserver = await testnet.createHomeserver({ ...homeserverInit, ports })
  const httpRelay = await testnet.createHttpRelay({ port: ports.httpRelay })
  const running = stack.move()
  const { bootstrap } = testnet
  return {
    testnet,
    homeserver,
    pkarrRelay,
    httpRelay,
    bootstrap,
    host,
    data,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

interface Prepared {
  readonly homeserver: TestnetHomeserverInit
  readonly packetFile?: string
  readonly data: string | undefined
}

async function prepareHomeserver(init: StaticTestnetInit, log: Logger): Promise<Prepared> {
  const { data, homeserverConfig: configFile, freshData = 'open' } = init
  if (data === undefined) {
    const keypair = wellKnownKeypair()
    if (configFile === undefined) return { homeserver: { keypair }, data }
    const { config, warnings } = await loadHomeserverConfig(configFile)
    for (const warning of warnings) log.warn(warning)
    return { homeserver: { keypair, config: { complete: config } }, data }
  }
  const folder = await openDataFolder({ path: data, configFile, isOpen: freshData === 'open' })
  for (const warning of folder.warnings) log.warn(warning)
  const { keypair, config, storage, packetFile } = folder
  return { homeserver: { keypair, config: { complete: config }, storage }, packetFile, data: folder.path }
}

async function publishedAs(host: string): Promise<PublishedAs> {
  if (host === 'localhost') return { domain: host, ip: '127.0.0.1' }
  try {
    return { domain: host, ip: (await lookup(host, { family: 4 })).address }
  } catch (error) {
    throw new ServerKitError('listen', `--host ${host}: the name has no IPv4 address`, { cause: error })
  }
}
