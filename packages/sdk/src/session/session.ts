import type { AuthToken } from '../auth/auth-token.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import { Client } from '../client.ts'
import { clientStateError } from '../errors/client-state.ts'
import { Freeable } from '../freeable.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { SessionStorage } from '../storage/session-storage.ts'
import { CookieSession } from './cookie-session.ts'
import { GrantSession } from './grant-session.ts'
import { SessionInfo } from './session-info.ts'

/** A user signed in: who, what may be done, and the user's storage (spec 05 §2.9). */
export class Session extends Freeable {
  // Private, so that printing a session shows none of its secrets.
  readonly #client: Client
  readonly #credential: SessionCredential
  readonly #info: SessionInfo

  /** @internal Comes from a signer, a flow or a restore. */
  constructor(client: Client, credential: SessionCredential) {
    super()
    this.#client = client
    this.#credential = credential
    this.#info = new SessionInfo(credential)
  }

  /**
   * Restores what `export()` gave, while the cookie is still in the browser or in this client. Rejects with
   * `AuthenticationError` when the session is gone.
   * @param client a mainnet client when absent
   */
  static async restore(exported: string, client?: Client | null): Promise<Session> {
    const { restoreCookieExport } = await import('../later.ts')
    return await restoreCookieExport(client ?? new Client(), exported)
  }

  /**
   * Signs in with a token that a cookie flow has given, e.g. after `awaitToken()` (0.17). A token works once and for
   * three minutes.
   * @param homeserver where to; the server the user's record names when absent
   * @param client a mainnet client when absent
   */
  static async fromAuthToken(
    token: AuthToken,
    homeserver?: PublicKey | null,
    client?: Client | null,
  ): Promise<Session> {
    const used = client ?? new Client()
    const { signinWithToken } = await import('../later.ts')
    return new Session(used, await signinWithToken(used.core, token.inner, homeserver?.inner))
  }

  /** @internal */
  get client(): Client {
    return this.#client
  }

  /** @internal */
  get credential(): SessionCredential {
    return this.#credential
  }

  get info(): SessionInfo {
    return this.#info
  }

  /** The user's storage, as far as the capabilities allow. */
  get storage(): SessionStorage {
    return new SessionStorage(this.client.core, this.credential)
  }

  /** What only grant sessions can do; undefined for a cookie session. */
  get grant(): GrantSession | undefined {
    return this.credential.kind === 'grant' ? new GrantSession(this.credential) : undefined
  }

  /** What only cookie sessions can do; undefined for a grant session. */
  get cookie(): CookieSession | undefined {
    return this.credential.kind === 'cookie' ? new CookieSession(this.credential) : undefined
  }

  /**
   * Ends the session on its homeserver; a grant is revoked. May be repeated. Content keys that were delivered stay
   * usable.
   */
  async signout(): Promise<void> {
    await this.credential.signout(this.client.core.signal)
  }

  /** The public part of a cookie session. Throws `ClientStateError` for a grant session. */
  export(): string {
    if (this.credential.kind === 'cookie') return this.credential.export()
    throw clientStateError('Grant sessions have no public export. Use exportLocalSecret() or BrowserSessionStore.')
  }

  /**
   * Everything needed to restore this session elsewhere: a secret. Rejects with `ClientStateError` when the secret is
   * out of reach: delegated keys, and cookies in browsers.
   */
  async exportLocalSecret(): Promise<string> {
    return this.credential.exportSecret()
  }

  /** The name of {@link exportLocalSecret} in 0.9. */
  async exportSecret(): Promise<string> {
    return await this.exportLocalSecret()
  }

  /** This session again, except that whatever is done with it also ends when `signal` aborts. */
  with(options: { readonly signal: AbortSignal }): Session {
    return new Session(this.client.with(options), this.credential)
  }
}
