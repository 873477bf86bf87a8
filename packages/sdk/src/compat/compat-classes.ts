import { Client } from '../client.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { type AuthFlow, startAuthFlow } from '../flows/auth-flow.ts'
import type { AuthFlowKind } from '../flows/auth-flow-kind.ts'
import type { Keypair } from '../keys/keypair.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { Pkdns } from '../pkdns/pkdns.ts'
import { Pubky } from '../pubky.ts'
import type { Session } from '../session/session.ts'
import { Signer } from '../signer/signer.ts'
import type { Capabilities, XCallbackParams } from '../types.ts'

/** The default relay of 0.6. */
const LINK_RELAY = 'https://httprelay.pubky.app/link'

// The official 0.6 gives a session where the present API gives nothing, so the one type cannot extend the other.
const SignerBase: new (client: Client, keypair: Keypair) => Omit<Signer, 'signup'> = Signer
const PubkyBase: new (
  client?: Client,
) => Omit<Pubky, 'signer' | 'startCookieAuthFlow' | 'startAuthFlow' | 'getHomeserverOf'> = Pubky

/** A signer whose `signup` signs in. */
class CompatSigner extends SignerBase {
  static fromKeypair(keypair: Keypair): CompatSigner {
    return new CompatSigner(new Client(), keypair)
  }

  /** Creates an account and signs in with a cookie. */
  async signup(homeserver: PublicKey, signupToken?: string | null): Promise<Session> {
    return await this.signupCookie(homeserver, signupToken)
  }
}

/** The facade of 0.6. */
class CompatPubky extends PubkyBase {
  static testnet(host?: string | null): CompatPubky {
    return new CompatPubky(Client.testnet(host))
  }

  static withClient(client: Client): CompatPubky {
    return new CompatPubky(client)
  }

  /** Acts as the user whose keypair this is. */
  signer(keypair: Keypair): CompatSigner {
    return new CompatSigner(this.client, keypair)
  }

  /** A user's homeserver; undefined without a record, and also when nobody answers for the user. */
  async getHomeserverOf(user: PublicKey): Promise<PublicKey | undefined> {
    return await new Pkdns(this.client).getHomeserverOf(user).catch((error: unknown) => {
      if (error instanceof PubkyError && error.name === 'PkarrError') return undefined
      throw error
    })
  }

  /** Asks a signer app for a cookie session; the relay is by default the public `link` channel. */
  startAuthFlow(capabilities: Capabilities, kind: AuthFlowKind, relay?: string | null): AuthFlow {
    return this.startCookieAuthFlow(capabilities, kind, relay)
  }

  /** As {@link startAuthFlow}. */
  startCookieAuthFlow(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    relay?: string | null,
    xCallback?: XCallbackParams | null,
  ): AuthFlow {
    return startAuthFlow(this.client, capabilities, kind, relay ?? LINK_RELAY, xCallback)
  }
}

export { CompatPubky as Pubky, CompatSigner as Signer }
