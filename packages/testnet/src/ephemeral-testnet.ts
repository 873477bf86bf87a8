import type { Keypair } from '@pubky/crypto'
import type { Homeserver, HomeserverConfigInput } from '@pubky/homeserver'
import type { HttpRelay } from '@pubky/http-relay'
import type { PkarrRelay } from '@pubky/pkarr-relay'
import type { Logger } from '@pubky/server-kit'
import { wellKnownKeypair } from './constants.ts'
import { TestnetError } from './errors.ts'
import { Testnet } from './testnet.ts'

/** What {@link startTestnet} starts. */
export interface EphemeralTestnetInit {
  /** How many homeservers. Default 1. */
  readonly homeservers?: number
  /** Identity of the first homeserver; the others are random. Default: the well-known one of 32 zero bytes. */
  readonly keypair?: Keypair
  /** Changes to the configuration of spec 06 §9.4, for every homeserver. */
  readonly config?: HomeserverConfigInput
  /** DHT nodes, at least 1. Default 2. */
  readonly dhtSize?: number
  /** Whether there is an HTTP relay. Default `true`. */
  readonly httpRelay?: boolean
  /** Whether there is a Pkarr relay. Default `true`: JavaScript clients need one. */
  readonly pkarrRelay?: boolean
  /** Default: nothing is logged. */
  readonly log?: Logger
}

/** A network for one test: random ports, everything in memory. */
export interface EphemeralTestnet extends AsyncDisposable {
  /** To add more parts. */
  readonly testnet: Testnet
  /** The first homeserver. */
  readonly homeserver: Homeserver
  readonly homeservers: readonly Homeserver[]
  /** `ip:port` of the DHT nodes. */
  readonly bootstrap: readonly string[]
  /** @throws TestnetError `not-started` */
  readonly httpRelay: HttpRelay
  /** @throws TestnetError `not-started` */
  readonly pkarrRelay: PkarrRelay
}

/**
 * Starts a whole network with random ports in this process (spec 06 §13.1). Every homeserver's record can be resolved
 * when it returns. `await using network = await startTestnet()` stops everything at the end of the block.
 *
 * @throws TestnetError `bad-option`, `publish-failed`; ServerKitError `config`, `listen`
 */
export async function startTestnet(init: EphemeralTestnetInit = {}): Promise<EphemeralTestnet> {
  const { homeservers = 1, config, dhtSize, log } = init
  if (homeservers < 1) throw new TestnetError('bad-option', `a testnet has at least one homeserver, not ${homeservers}`)
  await using stack = new AsyncDisposableStack()
  const testnet = stack.use(
    await Testnet.create({ ...(dhtSize === undefined ? {} : { dhtSize }), ...(log === undefined ? {} : { log }) }),
  )
  if (init.pkarrRelay !== false) await testnet.createPkarrRelay()
  const changes = config === undefined ? {} : { config }
  const first = await testnet.createHomeserver({ ...changes, keypair: init.keypair ?? wellKnownKeypair() })
  for (let index = 1; index < homeservers; index++) await testnet.createHomeserver(changes)
  if (init.httpRelay !== false) await testnet.createHttpRelay()
  const running = stack.move()
  return {
    testnet,
    homeserver: first,
    homeservers: testnet.homeservers,
    bootstrap: testnet.bootstrap,
    get httpRelay() {
      return started(testnet.httpRelays, 'an HTTP relay')
    },
    get pkarrRelay() {
      return started(testnet.pkarrRelays, 'a Pkarr relay')
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function started<T>([first]: readonly T[], name: string): T {
  if (first === undefined) throw new TestnetError('not-started', `this testnet was started without ${name}`)
  return first
}
