import { Client, Pubky, PublicKey } from '@pubky/sdk'
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

/** Uses the testnet that runs on this machine (`pnpm start`), or starts one that ends with the example. */
export async function useTestnet(): Promise<LocalNetwork> {
  if (await isRunning()) {
    return {
      pubky: Pubky.testnet(),
      homeserver: PublicKey.from(TESTNET_HOMESERVER),
      relay: 'http://localhost:15412/inbox',
      pkarrRelay: 'http://localhost:15411',
      bootstrap: ['localhost:6881'],
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

async function isRunning(): Promise<boolean> {
  return await fetch('http://localhost:6286/info').then(
    ({ ok }) => ok,
    () => false,
  )
}
