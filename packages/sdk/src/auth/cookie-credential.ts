import { base64Encode, type PublicKey } from '@pubky/crypto'
import { decodeSessionRecord, encodeSessionRecord, formatCapability, type SessionRecord } from '@pubky/protocol'
import { setCookieValue } from '#cookies'
import { clientStateError, messageOf, requestExpired } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { responseError } from '../errors/response-error.ts'
import { type ClientCore, readBody } from '../http/client-core.ts'
import type { Dispatch } from '../http/credential.ts'
import { discard } from '../http/discard.ts'
import { userHost } from '../http/key-host.ts'
import type { BoundCredential } from './session-credential.ts'

/** What a cookie session is made of. */
export interface CookieCredentialInit {
  readonly core: ClientCore
  readonly record: SessionRecord
  /** The cookie's value, where the platform shows it. */
  readonly secret: string | undefined
  readonly homeserver: PublicKey | undefined
}

/** A cookie session: the browser's cookie, or a secret this program knows (spec 05 §7). */
export class CookieCredential implements BoundCredential {
  readonly credentials = 'include'
  readonly core: ClientCore
  readonly record: SessionRecord
  readonly secret: string | undefined
  readonly homeserver: PublicKey | undefined

  constructor(init: CookieCredentialInit) {
    this.core = init.core
    this.record = init.record
    this.secret = init.secret
    this.homeserver = init.homeserver
  }

  get user(): PublicKey {
    return this.record.publicKey
  }

  get capabilities(): readonly string[] {
    return this.record.capabilities.map(formatCapability)
  }

  authorize(dispatch: Dispatch): Promise<Response> {
    return dispatch(cookieHeader(this.user, this.secret))
  }

  async signout(): Promise<void> {
    const response = await this.core.sendExpectingSuccess({
      method: 'DELETE',
      ...sessionEndpoint(this.user, this.homeserver),
      credential: this,
    })
    await discard(response)
  }

  /** Base64 of the session record; holds no secret. */
  export(): string {
    return base64Encode(encodeSessionRecord(this.record))
  }

  /** `<user z32>:<cookie value>`. Throws `ClientStateError` where the browser hides the cookie. */
  exportSecret(): string {
    if (this.secret === undefined) {
      throw clientStateError('This cookie session cannot export a secret in the current runtime.')
    }
    return `${this.user.z32()}:${this.secret}`
  }
}

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

/** Where a cookie session is asked about and ended. */
function sessionEndpoint(user: PublicKey, homeserver: PublicKey | undefined): { url: string; tenant: string } {
  const host = homeserver?.z32() ?? userHost(user.z32())
  return { url: `https://${host}/session`, tenant: user.z32() }
}

/** A known secret is sent as it is; otherwise the cookies of the platform or of the client count. */
function cookieHeader(user: PublicKey, secret: string | undefined): Readonly<Record<string, string>> {
  return secret === undefined ? {} : { cookie: `${user.z32()}=${secret}` }
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
