import type { PublicKey } from '@pubky/crypto'
import type { Grant } from '@pubky/protocol'
import type { Client } from '../client.ts'
import { invalidRequest } from '../errors/create.ts'
import { findHomeserver } from '../pkdns/find-homeserver.ts'
import { type DeliveredApproval, GrantCredential } from './grant-credential.ts'
import { exchangeGrant } from './grant-exchange.ts'
import type { PopKey } from './pop-key.ts'

/** A grant with everything that is needed to sign in with it. */
export interface SigninMaterial {
  readonly grant: Grant
  readonly key: PopKey
  readonly approval: DeliveredApproval | undefined
  /** Where to; the server the user's record names when absent. */
  readonly homeserver: PublicKey | undefined
}

/** Exchanges a grant for a session. Throws `RequestError`, also when the user has no homeserver, or `PkarrError`. */
export async function signinWithGrant(client: Client, material: SigninMaterial): Promise<GrantCredential> {
  const { core } = client
  const { grant, key, approval } = material
  const homeserver = material.homeserver ?? (await requireHomeserver(client, grant.issuer))
  const session = await exchangeGrant(core, { grant, homeserver, key })
  return new GrantCredential({ core, grant, homeserver, key, approval, session })
}

/** A user's homeserver. Throws `RequestError` when the user has none, `PkarrError` when that cannot be found out. */
export async function requireHomeserver(client: Client, user: PublicKey): Promise<PublicKey> {
  const homeserver = await findHomeserver(client.pkarr, user, client.core.signal)
  if (homeserver === undefined) throw invalidRequest(`could not resolve homeserver for ${user.z32()}`)
  return homeserver
}
