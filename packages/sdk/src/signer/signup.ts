import { Keypair, type PublicKey } from '@pubky/crypto'
import { createAuthToken, SIGNUP_CLIENT_ID, SIGNUP_GRANT_LIFETIME, SIGNUP_TOKEN_QUERY } from '@pubky/protocol'
import type { CookieCredential } from '../auth/cookie-credential.ts'
import { signinWithToken } from '../auth/cookie-signin.ts'
import { grantRequestBody } from '../auth/grant-exchange.ts'
import { nextTimestamp } from '../auth/next-timestamp.ts'
import { LocalPopKey } from '../auth/pop-key.ts'
import { cookieCredentialOf } from '../auth/receive-cookie-session.ts'
import type { Client } from '../client.ts'
import { statusCodeOf } from '../errors/status-code.ts'
import { discard } from '../http/discard.ts'
import { findPresentHomeserver } from '../pkdns/find-homeserver.ts'
import { publishHomeserver } from '../pkdns/publish-homeserver.ts'
import { newGrant, rootCapabilities } from './sign-grant.ts'

/** Who wants an account where. */
export interface SignupRequest {
  readonly user: Keypair
  readonly homeserver: PublicKey
  /** Invitation of the homeserver, where it asks for one. */
  readonly signupToken: string | undefined
}

/**
 * Creates an account and publishes where it is; leaves no session behind (spec 05 §6). An account that exists already
 * is published again, unless the user's record names another homeserver: a sign-up that broke off can be repeated.
 */
export async function signup(client: Client, request: SignupRequest): Promise<void> {
  const { user, homeserver } = request
  try {
    const key = new LocalPopKey(Keypair.random())
    const grant = newGrant(user, {
      clientId: SIGNUP_CLIENT_ID,
      capabilities: rootCapabilities(),
      clientKey: key.publicKey,
      lifetime: SIGNUP_GRANT_LIFETIME,
    })
    const response = await client.core.sendExpectingSuccess({
      method: 'POST',
      url: signupUrl(request, '/auth/grant/signup'),
      headers: { 'content-type': 'application/json' },
      body: await grantRequestBody({ grant, homeserver, key }),
    })
    await discard(response)
  } catch (thrown) {
    if (!(await isOwnAccount(client, request, thrown))) throw thrown
  }
  await publishHomeserver(client, user, 'force', homeserver)
}

/** Creates an account with a cookie session; repeats as {@link signup}. */
export async function signupCookie(client: Client, request: SignupRequest): Promise<CookieCredential> {
  const { user, homeserver } = request
  let response: Response
  try {
    const token = createAuthToken(user, rootCapabilities(), nextTimestamp())
    response = await client.core.sendExpectingSuccess({
      method: 'POST',
      url: signupUrl(request, '/signup'),
      body: token.bytes.slice(),
    })
  } catch (thrown) {
    if (!(await isOwnAccount(client, request, thrown))) throw thrown
    await publishHomeserver(client, user, 'force', homeserver)
    return await signinWithToken(client.core, createAuthToken(user, rootCapabilities(), nextTimestamp()), homeserver)
  }
  const credential = await cookieCredentialOf(client.core, response, user.publicKey, homeserver)
  await publishHomeserver(client, user, 'force', homeserver)
  return credential
}

function signupUrl({ homeserver, signupToken }: SignupRequest, path: string): string {
  const query = signupToken === undefined ? '' : `?${new URLSearchParams({ [SIGNUP_TOKEN_QUERY]: signupToken })}`
  return `https://${homeserver.z32()}${path}${query}`
}

/** Whether a refused sign-up means that this user has the account already, and certainly not another one elsewhere. */
async function isOwnAccount(client: Client, { user, homeserver }: SignupRequest, thrown: unknown): Promise<boolean> {
  if (statusCodeOf(thrown) !== 409) return false
  try {
    const present = await findPresentHomeserver(client, user.publicKey)
    return present === undefined || present.equals(homeserver)
  } catch {
    return false
  }
}
