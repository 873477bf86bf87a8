import type { PublicKey } from '@pubky/crypto'
import type { AuthToken } from '@pubky/protocol'
import type { ClientCore } from '../http/client-core.ts'
import { userHost } from '../http/key-host.ts'
import type { CookieCredential } from './cookie-credential.ts'
import { cookieCredentialOf } from './receive-cookie-session.ts'

/**
 * Exchanges an AuthToken for a cookie session.
 * @param homeserver where to; the server the user's host name leads to when absent, and then the session stays unbound
 */
export async function signinWithToken(
  core: ClientCore,
  token: AuthToken,
  homeserver: PublicKey | undefined,
): Promise<CookieCredential> {
  const user = token.publicKey.z32()
  const response = await core.sendExpectingSuccess({
    method: 'POST',
    url: `https://${homeserver?.z32() ?? userHost(user)}/session`,
    tenant: user,
    body: token.bytes.slice(),
  })
  return await cookieCredentialOf(core, response, token.publicKey, homeserver)
}
