import { Client, Pubky, PublicKey } from '@pubky/sdk'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import type { Surroundings } from './cases/case.ts'
import { createSignupToken } from './signup-token.ts'

/** A testnet of its own for one test file, as the cases see it from Node. */
export interface NodeSurroundings extends AsyncDisposable {
  readonly place: Surroundings
  readonly network: EphemeralTestnet
}

export async function startSurroundings(): Promise<NodeSurroundings> {
  const network = await startTestnet()
  const { homeserver } = network
  const place: Surroundings = {
    pubky: () => Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay.url] } })),
    homeserver: PublicKey.from(homeserver.publicKey.z32()),
    relay: `${network.httpRelay.url}/inbox`,
    pkarrRelay: network.pkarrRelay.url,
    createSignupToken: () => createSignupToken(homeserver),
    isBrowser: false,
  }
  return { place, network, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() }
}
