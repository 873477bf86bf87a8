import { BrowserSessionStore } from './browser/browser-session-store.ts'
import { Client } from './client.ts'
import { type EventStreamBuilder, eventStream } from './events/event-stream-builder.ts'
import { type AuthFlow, resumeAuthFlow, startAuthFlow } from './flows/auth-flow.ts'
import type { AuthFlowKind } from './flows/auth-flow-kind.ts'
import {
  type GrantAuthFlow,
  resumeDelegatedGrantFlow,
  resumeGrantFlow,
  startGrantFlow,
} from './flows/grant-auth-flow.ts'
import type { GrantAuthFlowOptions } from './flows/grant-request.ts'
import { Freeable } from './freeable.ts'
import type { Keypair } from './keys/keypair.ts'
import type { PublicKey } from './keys/public-key.ts'
import { Pkdns } from './pkdns/pkdns.ts'
import type { Session } from './session/session.ts'
import { Signer } from './signer/signer.ts'
import { PublicStorage } from './storage/public-storage.ts'
import type { Capabilities, XCallbackParams } from './types.ts'

/** The way into the SDK (spec 05 §2.5). Make one and share it: it holds the caches. */
export class Pubky extends Freeable {
  readonly #client: Client

  /** @param client a mainnet client when absent; see also {@link Pubky.withClient} */
  constructor(client: Client = new Client()) {
    super()
    this.#client = client
  }

  /** For a testnet on this machine, or on `host`. */
  static testnet(host?: string | null): Pubky {
    return new Pubky(Client.testnet(host))
  }

  /** With a client of one's own. */
  static withClient(client: Client): Pubky {
    return new Pubky(client)
  }

  /** For requests to any URL, keys as hosts included. */
  get client(): Client {
    return this.#client
  }

  /** Everybody's public files. */
  get publicStorage(): PublicStorage {
    return new PublicStorage(this.#client)
  }

  /** Grant sessions that outlive the page; needs IndexedDB. */
  get browserSessionStore(): BrowserSessionStore {
    return new BrowserSessionStore(this.#client)
  }

  /** Acts as the user whose keypair this is. */
  signer(keypair: Keypair): Signer {
    return new Signer(this.#client, keypair)
  }

  /**
   * Asks a signer app for a cookie session. Throws `InvalidInput`.
   * @param capabilities such as `/pub/my-app/:rw`; `""` asks for nothing but who the user is
   * @param relay HTTP relay base URL; the public one when absent
   * @deprecated cookies are shared by all apps of a browser; use {@link startGrantAuthFlow}
   */
  startCookieAuthFlow(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    relay?: string | null,
    xCallback?: XCallbackParams | null,
  ): AuthFlow {
    return startAuthFlow(this.#client, capabilities, kind, relay, xCallback)
  }

  /** The name of {@link startCookieAuthFlow} until 0.9. */
  startAuthFlow(capabilities: Capabilities, kind: AuthFlowKind, relay?: string | null): AuthFlow {
    return this.startCookieAuthFlow(capabilities, kind, relay)
  }

  /**
   * Asks a signer app for a grant session, with a key that no script can read where the browser has that. Rejects with
   * `InvalidInput`, or `AuthenticationError` for a bad client id and for `e` without `approvalFormat: 'v1'`.
   * @param capabilities such as `/pub/my-app/:rw`
   */
  async startGrantAuthFlow(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    options: GrantAuthFlowOptions,
  ): Promise<GrantAuthFlow> {
    return await startGrantFlow(this.#client, capabilities, kind, options)
  }

  /** Goes on with a cookie flow whose `authorizationUrl` was kept. Throws `AuthenticationError`. */
  resumeCookieAuthFlow(authorizationUrl: string): AuthFlow {
    return resumeAuthFlow(this.#client, authorizationUrl)
  }

  /** The name of {@link resumeCookieAuthFlow} in 0.8 and 0.9. */
  resumeAuthFlow(authorizationUrl: string): AuthFlow {
    return this.resumeCookieAuthFlow(authorizationUrl)
  }

  /** Goes on with a grant flow that was kept by `saveLocal()`. Throws `InvalidInput` or `AuthenticationError`. */
  resumeGrantAuthFlow(savedState: string): GrantAuthFlow {
    return resumeGrantFlow(this.#client, savedState)
  }

  /** Goes on with a grant flow that was kept by `saveDelegated()`. Rejects with `ClientStateError` when its key is gone. */
  async resumeDelegatedGrantAuthFlow(savedState: string): Promise<GrantAuthFlow> {
    return await resumeDelegatedGrantFlow(this.#client, savedState)
  }

  /** A user's homeserver; undefined without a record. Rejects with `PkarrError` when that cannot be found out. */
  async getHomeserverOf(user: PublicKey): Promise<PublicKey | undefined> {
    return await new Pkdns(this.#client).getHomeserverOf(user)
  }

  /** Restores a session from any text that a session has exported (spec 05 §7.5). */
  async restoreSession(exported: string): Promise<Session> {
    const { restoreSession } = await import('./later.ts')
    return await restoreSession(this.#client, exported)
  }

  /** The events of one user's storage. @param cursor of an earlier event to start after; null for the beginning */
  eventStreamForUser(user: PublicKey, cursor: string | null): EventStreamBuilder {
    return eventStream(this.#client, { user: [user, cursor] })
  }

  /** The events of several users of one homeserver; add them with `addUsers`. */
  eventStreamFor(homeserver: PublicKey): EventStreamBuilder {
    return eventStream(this.#client, { homeserver })
  }

  /** This facade again, except that whatever is done with it also ends when `signal` aborts (ours). */
  with(options: { readonly signal: AbortSignal }): Pubky {
    return new Pubky(this.#client.with(options))
  }
}
