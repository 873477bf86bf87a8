import { Client } from '../client.ts'
import { invalidInput, messageOf } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { Keypair } from '../keys/keypair.ts'
import { innerKey, type PublicKey } from '../keys/public-key.ts'
import { log } from '../log.ts'
import { Pkdns } from '../pkdns/pkdns.ts'
import { Session } from '../session/session.ts'
import type { Capabilities } from '../types.ts'
import type { SignupRequest } from './signup.ts'

/** Acts as the user: holds the user's keypair, creates accounts, signs in, approves what apps ask for (spec 05 §6). */
export class Signer extends Freeable {
  readonly #client: Client
  readonly #keypair: Keypair

  /** @internal Use `pubky.signer` or {@link Signer.fromKeypair}. */
  constructor(client: Client, keypair: Keypair) {
    super()
    if (!(keypair instanceof Keypair)) {
      throw invalidInput('expected instance of Keypair: Keypair.fromSecret(bytes) makes one')
    }
    this.#client = client
    this.#keypair = keypair
  }

  /** A signer on the main network. */
  static fromKeypair(keypair: Keypair): Signer {
    return new Signer(new Client(), keypair)
  }

  get publicKey(): PublicKey {
    return this.#keypair.publicKey
  }

  /** Reads and publishes the record of this user's homeserver. */
  get pkdns(): Pkdns {
    return new Pkdns(this.#client, this.#keypair)
  }

  /**
   * Creates an account on a homeserver and publishes where it is. Leaves no session behind: sign in next. May be
   * repeated when it broke off half-way. Rejects with `InvalidInput` for a homeserver given as text.
   * @param signupToken invitation of the homeserver, where it asks for one
   */
  async signup(homeserver: PublicKey, signupToken?: string | null): Promise<void> {
    const { signup } = await import('../later.ts')
    await signup(this.#client, this.#signupRequest(homeserver, signupToken))
  }

  /** As {@link signup}, with a cookie session. */
  async signupCookie(homeserver: PublicKey, signupToken?: string | null): Promise<Session> {
    const { signupCookie } = await import('../later.ts')
    return new Session(this.#client, await signupCookie(this.#client, this.#signupRequest(homeserver, signupToken)))
  }

  /** A cookie session, as before 0.10. @deprecated name a client id */
  signin(): Promise<Session>
  /**
   * A session with all rights. The user's record is refreshed in the background.
   * @param clientId name of this program, 1–253 bytes
   */
  signin(clientId: string): Promise<Session>
  async signin(clientId?: string): Promise<Session> {
    const session = await this.#signin(clientId)
    this.#publishIfStale().catch((error: unknown) => log('warn', `could not publish the record: ${messageOf(error)}`))
    return session
  }

  /** A cookie session, as before 0.10. @deprecated name a client id */
  signinBlocking(): Promise<Session>
  /** As `signin`, but waits until the user's record is fresh and rejects when that fails. */
  signinBlocking(clientId: string): Promise<Session>
  async signinBlocking(clientId?: string): Promise<Session> {
    const session = await this.#signin(clientId)
    await this.#publishIfStale()
    return session
  }

  /** A cookie session with all rights. The user's record is refreshed in the background. */
  async signinCookie(): Promise<Session> {
    return await this.signin()
  }

  /** As {@link signinCookie}, but waits until the user's record is fresh. */
  async signinCookieBlocking(): Promise<Session> {
    return await this.signinBlocking()
  }

  /**
   * Approves everything an app asks for. Show the user what that is first (`SigninGrantDeepLink.parse` and its
   * neighbours). For a sign-up link of a user without a homeserver, the account is created first.
   */
  async approveAuthRequest(url: string): Promise<void> {
    const { approveRequest } = await import('../later.ts')
    await approveRequest(this.#client, this.#keypair.inner, url)
  }

  /**
   * Approves a part of what an app asks for (0.17): drop actions, narrow scopes, or approve nothing by `""`, which
   * still signs the user in. Rejects with `AuthenticationError` when it is more than the link asks for.
   */
  async approveAuthRequestWithCapabilities(url: string, capabilities: Capabilities): Promise<void> {
    const { approveRequestInPart } = await import('../later.ts')
    await approveRequestInPart(this.#client, this.#keypair.inner, url, capabilities)
  }

  /** Does what a link asks for: creates an account for a direct sign-up link, approves the others. */
  async handleDeepLink(url: string): Promise<void> {
    const { handleRequest } = await import('../later.ts')
    await handleRequest(this.#client, this.#keypair.inner, url)
  }

  /** This signer again, except that whatever is done with it also ends when `signal` aborts (ours). */
  with(options: { readonly signal: AbortSignal }): Signer {
    return new Signer(this.#client.with(options), this.#keypair)
  }

  async #signin(clientId: string | undefined): Promise<Session> {
    const { signin } = await import('../later.ts')
    return new Session(this.#client, await signin(this.#client, this.#keypair.inner, clientId))
  }

  async #publishIfStale(): Promise<void> {
    const { publishHomeserver } = await import('../later.ts')
    await publishHomeserver(this.#client, this.#keypair.inner, 'if-stale', undefined)
  }

  #signupRequest(homeserver: PublicKey, signupToken: string | null | undefined): SignupRequest {
    return { user: this.#keypair.inner, homeserver: innerKey(homeserver), signupToken: signupToken ?? undefined }
  }
}
