import { Client, Pubky, PublicKey } from '@pubky/sdk'
import { Client as NativeClient } from '@pubky/sdk/node'
import { startTestnet } from '@pubky/testnet'

/** A Pubky network on this machine. */
export interface LocalNetwork extends AsyncDisposable {
  readonly pubky: Pubky
  readonly homeserver: PublicKey
  /** HTTP relay for sign-in requests. */
  readonly relay: string
  /** Where browsers look records up. */
  readonly pkarrRelay: string
  /** Nodes of its DHT, for native clients. */
  readonly bootstrap: readonly string[]
}

/** The testnet's homeserver has the well-known key of 32 zero bytes. */
const TESTNET_HOMESERVER = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

const BOOTSTRAP = ['localhost:6881']
const HTTP_RELAY = 'http://localhost:15412'
/** Milliseconds that a testnet on this machine may take to answer. */
const PATIENCE_MS = 3_000

/**
 * Uses the testnet that runs on this machine (`pnpm start`) if all that is needed of it answers on the usual ports, or starts
 * one that ends with the example.
 * @param isNative whether its DHT is needed
 */
export async function useTestnet({ isNative = false } = {}): Promise<LocalNetwork> {
  if ((await isRunning()) && (!isNative || (await isReachedNatively()))) {
    return {
      pubky: Pubky.testnet(),
      homeserver: PublicKey.from(TESTNET_HOMESERVER),
      relay: `${HTTP_RELAY}/inbox`,
      pkarrRelay: 'http://localhost:15411',
      bootstrap: BOOTSTRAP,
      async [Symbol.asyncDispose]() {},
    }
  }
  const network = await startTestnet()
  return {
    pubky: Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay.url] } })),
    homeserver: PublicKey.from(network.homeserver.publicKey.z32()),
    relay: `${network.httpRelay.url}/inbox`,
    pkarrRelay: network.pkarrRelay.url,
    bootstrap: network.bootstrap,
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}

/** Whether the relays are there, and the homeserver is what the Pkarr relay says. */
async function isRunning(): Promise<boolean> {
  const httpRelayAnswers = fetch(HTTP_RELAY, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    () => true,
    () => false,
  )
  return (await homeserverAnswers(Client.testnet())) && (await httpRelayAnswers)
}

/** Whether the DHT leads to the homeserver: another program may have its port. */
async function isReachedNatively(): Promise<boolean> {
  await using client = new NativeClient({ pkarr: { relays: [], bootstrap: BOOTSTRAP } })
  return await homeserverAnswers(client)
}

async function homeserverAnswers(client: Client): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  return await client.fetch(`https://${TESTNET_HOMESERVER}/info`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  )
}
