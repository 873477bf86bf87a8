import { Keypair } from '@pubky/crypto'
import { createAuthToken, GRANT_LIFETIME } from '@pubky/protocol'
import { signinWithToken } from '../auth/cookie-signin.ts'
import { requireHomeserver, signinWithGrant } from '../auth/grant-signin.ts'
import { nextTimestamp } from '../auth/next-timestamp.ts'
import { LocalPopKey } from '../auth/pop-key.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import type { Client } from '../client.ts'
import { checkedClientId } from '../flows/grant-request.ts'
import { newGrant, rootCapabilities } from './sign-grant.ts'

/**
 * Signs a user in with all rights.
 * @param clientId name of the program; a cookie session, as before 0.10, when absent
 */
export async function signin(client: Client, user: Keypair, clientId: string | undefined): Promise<SessionCredential> {
  if (clientId === undefined) {
    const homeserver = await client.core.findHomeserver(user.publicKey)
    const token = createAuthToken(user, rootCapabilities(), nextTimestamp())
    return await signinWithToken(client.core, token, homeserver)
  }
  const checked = checkedClientId(clientId)
  const homeserver = await requireHomeserver(client, user.publicKey)
  const key = new LocalPopKey(Keypair.random())
  const grant = newGrant(user, {
    clientId: checked,
    capabilities: rootCapabilities(),
    clientKey: key.publicKey,
    lifetime: GRANT_LIFETIME,
  })
  return await signinWithGrant(client, { grant, key, approval: undefined, homeserver })
}
