import { base64Encode, type PublicKey } from '@pubky/crypto'
import { encodeSessionRecord, formatCapability, type SessionRecord } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import type { ClientCore } from '../http/client-core.ts'
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
  readonly kind = 'cookie'
  readonly credentials = 'include'
  readonly core: ClientCore
  readonly record: SessionRecord
  readonly homeserver: PublicKey | undefined
  readonly #secret: string | undefined

  constructor(init: CookieCredentialInit) {
    this.core = init.core
    this.record = init.record
    this.homeserver = init.homeserver
    this.#secret = init.secret
  }

  get user(): PublicKey {
    return this.record.publicKey
  }

  get capabilities(): readonly string[] {
    return this.record.capabilities.map(formatCapability)
  }

  authorize(dispatch: Dispatch): Promise<Response> {
    return dispatch(cookieHeader(this.user, this.#secret))
  }

  async signout(signal: AbortSignal | undefined): Promise<void> {
    const response = await this.core.sendExpectingSuccess({
      method: 'DELETE',
      ...sessionEndpoint(this.user, this.homeserver),
      credential: this,
      signal,
    })
    await discard(response)
  }

  /** Base64 of the session record; holds no secret. */
  export(): string {
    return base64Encode(encodeSessionRecord(this.record))
  }

  /** `<user z32>:<cookie value>`. Throws `ClientStateError` where the browser hides the cookie. */
  exportSecret(): string {
    if (this.#secret === undefined) {
      throw clientStateError('This cookie session cannot export a secret in the current runtime.')
    }
    return `${this.user.z32()}:${this.#secret}`
  }
}

/** Where a cookie session is asked about and ended. */
export function sessionEndpoint(user: PublicKey, homeserver: PublicKey | undefined): { url: string; tenant: string } {
  const host = homeserver?.z32() ?? userHost(user.z32())
  return { url: `https://${host}/session`, tenant: user.z32() }
}

/** A known secret is sent as it is; otherwise the cookies of the platform or of the client count. */
export function cookieHeader(user: PublicKey, secret: string | undefined): Readonly<Record<string, string>> {
  return secret === undefined ? {} : { cookie: `${user.z32()}=${secret}` }
}
