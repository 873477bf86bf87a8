import type { PublicKey } from '@pubky/crypto'
import { decodeSessionRecord, type SessionRecord } from '@pubky/protocol'
import { setCookieValue } from '#cookies'
import { messageOf } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { requestExpired } from '../errors/request-expired.ts'
import { responseError } from '../errors/response-error.ts'
import { type ClientCore, readAnswer } from '../http/client-core.ts'
import { CookieCredential, cookieHeader, sessionEndpoint } from './cookie-credential.ts'

/** The session of `user` that a sign-in or sign-up answer brings. */
export async function cookieCredentialOf(
  core: ClientCore,
  response: Response,
  user: PublicKey,
  homeserver: PublicKey | undefined,
): Promise<CookieCredential> {
  const record = await readRecord(response, user)
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
  return new CookieCredential({ core, record: await readRecord(response, user), secret, homeserver })
}

/** A server chooses what it answers, and must not choose who has signed in: apps take `info.publicKey` for proven. */
async function readRecord(response: Response, user: PublicKey): Promise<SessionRecord> {
  const bytes = await readAnswer(response)
  let record: SessionRecord
  try {
    record = decodeSessionRecord(bytes)
  } catch (cause) {
    throw recordError(messageOf(cause), cause)
  }
  if (!record.publicKey.equals(user)) throw recordError('it is the record of another user')
  return record
}

function recordError(reason: string, cause?: unknown): PubkyError {
  return new PubkyError(
    'AuthenticationError',
    `Authentication error: Cookie session record handling failed: ${reason}`,
    { cause },
  )
}
