import { Keypair } from '@pubky/crypto'
import {
  createHomeserver,
  type Homeserver,
  type HomeserverConfig,
  type HomeserverConfigInput,
  type HomeserverInit,
} from '@pubky/homeserver'
import { createHttpRelay, type HttpRelay } from '@pubky/http-relay'
import { PkarrClient, type Transport } from '@pubky/pkarr'
import { dhtTransport } from '@pubky/pkarr/dht'
import { createPkarrRelay, type PkarrRelay } from '@pubky/pkarr-relay'
import { type Logger, silentLogger } from '@pubky/server-kit'
import { ADMIN_PASSWORD, DHT_SIZE, PORT_OPTIONS, type TestnetPorts } from './constants.ts'
import { TestnetError } from './errors.ts'
import { type PublishedAs, testnetConfig, withForcedSettings } from './homeserver-settings.ts'
import { type LocalDht, startLocalDht } from './local-dht.ts'
import { RememberedPackets } from './remembered-packets.ts'

/** Names other than these are reached from other machines, so everything listens on all addresses then. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1']

/** How a testnet is started. */
export interface TestnetInit {
  /** DHT nodes, at least 1. Default 2. */
  readonly dhtSize?: number
  /** UDP port of the first DHT node. Default 0: a free one. */
  readonly dhtPort?: number
  /** The name under which clients reach this machine, and its IPv4 address. Default `localhost`, `127.0.0.1`. */
  readonly published?: PublishedAs
  /** File in which Pkarr packets survive a restart. Default: they do not. */
  readonly packetFile?: string
  /** Default: nothing is logged. */
  readonly log?: Logger
}

/** How a homeserver of a testnet is started. */
export interface TestnetHomeserverInit {
  /** Default: a random one. */
  readonly keypair?: Keypair
  /** A complete configuration, or changes to that of spec 06 §9.4; sockets and network are the testnet's in any case. */
  readonly config?: HomeserverConfigInput | { readonly complete: HomeserverConfig }
  /** Default: free ones. */
  readonly ports?: Partial<Pick<TestnetPorts, 'icann' | 'pubky' | 'admin'>>
  /** Folder for database and bodies, with the file of its encryption key. Default: everything in memory. */
  readonly storage?: { readonly directory: string; readonly keyFile: string }
}

/**
 * A Pubky network in this process, to which parts are added one by one (spec 06 §13.2). It owns all of them: they stop
 * with it. Two testnets know nothing of each other.
 */
export class Testnet implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack
  readonly #dht: LocalDht
  readonly #transport: Transport
  readonly #published: PublishedAs
  readonly #log: Logger
  readonly #homeservers: Homeserver[] = []
  readonly #httpRelays: HttpRelay[] = []
  readonly #pkarrRelays: PkarrRelay[] = []

  private constructor(components: {
    readonly stack: AsyncDisposableStack
    readonly dht: LocalDht
    readonly transport: Transport
    readonly published: PublishedAs
    readonly log: Logger
  }) {
    this.#stack = components.stack
    this.#dht = components.dht
    this.#transport = components.transport
    this.#published = components.published
    this.#log = components.log
  }

  /** Starts the DHT. @throws ServerKitError `port-taken` */
  static async create(init: TestnetInit = {}): Promise<Testnet> {
    const { published = { domain: 'localhost', ip: '127.0.0.1' }, log = silentLogger() } = init
    const isOpen = !LOOPBACK_NAMES.includes(published.domain)
    await using stack = new AsyncDisposableStack()
    const dht = stack.use(await startLocalDht({ size: init.dhtSize ?? DHT_SIZE, port: init.dhtPort ?? 0, isOpen }))
    let transport = dhtTransport(dht.client)
    if (init.packetFile !== undefined) {
      const onError = (error: unknown): void => log.error({ err: error }, 'the Pkarr packets could not be written')
      const memory = await RememberedPackets.open({ file: init.packetFile, inner: transport, onError })
      transport = stack.use(memory).transport
    }
    return new Testnet({ stack: stack.move(), dht, transport, published, log })
  }

  /** `ip:port` of the DHT nodes, for the `bootstrap` of other nodes. */
  get bootstrap(): readonly string[] {
    return this.#dht.bootstrap
  }

  /** In the order in which they were created; so are the relays. */
  get homeservers(): readonly Homeserver[] {
    return this.#homeservers
  }

  get httpRelays(): readonly HttpRelay[] {
    return this.#httpRelays
  }

  get pkarrRelays(): readonly PkarrRelay[] {
    return this.#pkarrRelays
  }

  /** A Pkarr client on this testnet's DHT alone, without relays. It lives as long as the testnet. */
  createPkarrClient(): PkarrClient {
    return this.#stack.use(new PkarrClient({ transports: [this.#transport] }))
  }

  /**
   * Starts a homeserver whose record can be resolved when this returns.
   *
   * @throws ServerKitError `port-taken`, `listen` or `config`; HomeserverError `storage-failed`; TestnetError `publish-failed`
   */
  async createHomeserver(init: TestnetHomeserverInit = {}): Promise<Homeserver> {
    const keypair = init.keypair ?? Keypair.random()
    const config = this.#configure(init)
    const { storage } = init
    const options: Partial<HomeserverInit> =
      storage === undefined ? {} : { directory: storage.directory, encryption: { keyFile: storage.keyFile } }
    const { icann, pubky, admin } = PORT_OPTIONS
    const homeserver = await createHomeserver({
      ...options,
      keypair,
      config,
      pkarr: this.createPkarrClient(),
      plainHttpDomain: this.#published.domain,
      portOptions: { icann, pubky, admin },
      log: this.#log.child({ name: 'homeserver' }),
    })
    if (!(await homeserver.published)) {
      await homeserver.stop(0)
      throw new TestnetError('publish-failed', 'the homeserver could not publish its record on the local DHT')
    }
    this.#homeservers.push(this.#stack.use(homeserver))
    return homeserver
  }

  /**
   * Starts a Pkarr relay on this testnet's DHT, without request limits.
   *
   * @param init.port default 0: a free one
   * @throws ServerKitError `port-taken`, `listen` or `config`
   */
  async createPkarrRelay(init: { readonly port?: number } = {}): Promise<PkarrRelay> {
    const relay = await createPkarrRelay({
      host: this.#listenHost,
      port: init.port ?? 0,
      portOption: PORT_OPTIONS.pkarrRelay,
      network: { transport: this.#transport, info: () => this.#dht.client.info() },
      // Official clients take a plain 404 for "no homeserver" and expect "no responses" here (spec 06 §11 item 3).
      unknownKeys: 'unavailable',
      log: this.#log.child({ name: 'pkarr-relay' }),
    })
    this.#pkarrRelays.push(this.#stack.use(relay))
    return relay
  }

  /** Starts an HTTP relay with CORS and without limits per address. @throws ServerKitError `port-taken` or `listen` */
  async createHttpRelay(init: { readonly port?: number } = {}): Promise<HttpRelay> {
    const relay = await createHttpRelay({
      ...init,
      host: this.#listenHost,
      portOption: PORT_OPTIONS.httpRelay,
      postQuota: false,
      maxWaitsPerAddress: Number.MAX_SAFE_INTEGER,
      log: this.#log.child({ name: 'http-relay' }),
    })
    this.#httpRelays.push(this.#stack.use(relay))
    return relay
  }

  /** Stops everything, last first. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }

  get #listenHost(): string {
    return LOOPBACK_NAMES.includes(this.#published.domain) ? 'localhost' : '*'
  }

  #configure({ config = {}, ports }: TestnetHomeserverInit): HomeserverConfig {
    const complete = 'complete' in config ? config.complete : testnetConfig(this.#published, config)
    const host = this.#listenHost
    const published = host === '*' ? this.#published : undefined
    return withForcedSettings(complete, {
      host,
      // A password that everybody knows opens doors on this machine only.
      adminHost: complete.admin.admin_password === ADMIN_PASSWORD ? 'localhost' : host,
      icannPort: ports?.icann ?? 0,
      pubkyPort: ports?.pubky ?? 0,
      adminPort: ports?.admin ?? 0,
      published,
    })
  }
}
