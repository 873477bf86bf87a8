import type { PublicKey } from '@pubky/crypto'
import { decodeSessionRecord, type SessionRecord } from '@pubky/protocol'
import { setCookieValue } from '#cookies'
import { messageOf } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { requestExpired } from '../errors/request-expired.ts'
import { responseError } from '../errors/response-error.ts'
import { type ClientCore, readBody } from '../http/client-core.ts'
import { CookieCredential, cookieHeader, sessionEndpoint } from './cookie-credential.ts'

/** The session a sign-in or sign-up answer brings. */
export async function cookieCredentialOf(
  core: ClientCore,
  response: Response,
  homeserver: PublicKey | undefined,
): Promise<CookieCredential> {
  const record = await readRecord(response)
  const secret = setCookieValue(response.headers, record.publicKey.z32())
  return new CookieCredential({ core, record, secret, homeserver })
}

/**
 * Asks the server about a session that was kept somewhere, and binds it to the server that knows it. Throws
 * `AuthenticationError` when it is gone.
 * @param secret the cookie's value; undefined leaves it to the cookies of the browser or of this client
 */
export async function restoreCookieCredential(
  core: ClientCore,
  user: PublicKey,
  secret: string | undefined,
): Promise<CookieCredential> {
  const homeserver = await core.findHomeserver(user)
  const response = await core.send({
    method: 'GET',
    ...sessionEndpoint(user, homeserver),
    credential: { credentials: 'include', authorize: (dispatch) => dispatch(cookieHeader(user, secret)) },
  })
  if (response.status === 401 || response.status === 404) throw requestExpired()
  if (!response.ok) throw await responseError(response, core.maxErrorBodyBytes)
  return new CookieCredential({ core, record: await readRecord(response), secret, homeserver })
}

async function readRecord(response: Response): Promise<SessionRecord> {
  const bytes = await readBody(async () => new Uint8Array(await response.arrayBuffer()))
  try {
    return decodeSessionRecord(bytes)
  } catch (cause) {
    throw new PubkyError(
      'AuthenticationError',
      `Authentication error: Cookie session record handling failed: ${messageOf(cause)}`,
      { cause },
    )
  }
}
