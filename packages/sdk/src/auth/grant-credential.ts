import type { PublicKey } from '@pubky/crypto'
import {
  FEATURE_GRANT_PROOF_LOGOUT,
  formatCapability,
  type Grant,
  type GrantSessionInfo,
  type GrantSessionResponse,
  isRefreshDue,
} from '@pubky/protocol'
import type { ScopedEncryptionKeys } from '../encryption/scoped-encryption-keys.ts'
import { requestError } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { statusCodeOf } from '../errors/status-code.ts'
import type { ClientCore } from '../http/client-core.ts'
import type { Dispatch } from '../http/credential.ts'
import { discard } from '../http/discard.ts'
import { untilAborted } from '../http/sleep.ts'
import { exchangeGrant, grantRequestBody } from './grant-exchange.ts'
import { exportGrantSecret } from './grant-secret.ts'
import type { PopKey } from './pop-key.ts'
import type { BoundCredential } from './session-credential.ts'
import { nowSeconds } from './time.ts'

/** Seconds before a bearer's end at which it is looked at, and at which it is really renewed (spec 05 §7.3). */
const LOOK_SLACK = 300
export const RENEW_SLACK = 150
/** A refusal that says nothing about the grant. */
const TOO_MANY_REQUESTS = 429

/** The signed approval a grant came in, and the keys it carried. */
export interface DeliveredApproval {
  /** The approval as received; confidential, it holds the keys. */
  readonly jws: string
  readonly keys: ScopedEncryptionKeys
}

/** What a grant session is made of. */
export interface GrantCredentialInit {
  readonly core: ClientCore
  readonly grant: Grant
  readonly homeserver: PublicKey
  readonly key: PopKey
  readonly approval: DeliveredApproval | undefined
  readonly session: GrantSessionResponse
}

/** Where the bearer of a grant is kept when several tabs use it (spec 05 §12.1). */
export interface BearerSharing {
  authorize(dispatch: Dispatch, replayable: boolean, signal: AbortSignal | undefined): Promise<Response>
  signout(signal: AbortSignal | undefined): Promise<void>
  /** Runs `work` while no tab is signing out. */
  guard<T>(work: () => Promise<T>): Promise<T>
}

/** A grant with its signing key, and the bearer it was exchanged for (spec 05 §7). */
export class GrantCredential implements BoundCredential {
  readonly kind = 'grant'
  readonly credentials = 'omit'
  readonly core: ClientCore
  readonly grant: Grant
  readonly homeserver: PublicKey
  readonly key: PopKey
  readonly #approval: DeliveredApproval | undefined
  #session: GrantSessionResponse
  #renewal: Promise<void> | undefined
  #isSignedOut: boolean
  #sharing: BearerSharing | undefined

  constructor(init: GrantCredentialInit) {
    this.core = init.core
    this.grant = init.grant
    this.homeserver = init.homeserver
    this.key = init.key
    this.#approval = init.approval
    this.#session = init.session
    this.#isSignedOut = false
  }

  get user(): PublicKey {
    return this.grant.issuer
  }

  get capabilities(): readonly string[] {
    return this.grant.capabilities.map(formatCapability)
  }

  /** What the grant came in, if that was a signed approval. */
  get approval(): DeliveredApproval | undefined {
    return this.#approval
  }

  /** What the homeserver said at the last exchange. */
  get sessionInfo(): GrantSessionInfo {
    return this.#session.session
  }

  /** The present bearer and what belongs to it. */
  get session(): GrantSessionResponse {
    return this.#session
  }

  /** Takes over what an exchange, here or in another tab, has brought. */
  adopt(session: GrantSessionResponse): void {
    this.#session = session
  }

  /** From now on the bearer is shared with other tabs. */
  share(sharing: BearerSharing): void {
    this.#sharing = sharing
  }

  /** What makes other tabs stop while this one signs out, if the bearer is shared. */
  get sharing(): BearerSharing | undefined {
    return this.#sharing
  }

  async authorize(dispatch: Dispatch, replayable: boolean, signal: AbortSignal | undefined): Promise<Response> {
    if (this.#sharing !== undefined) return await this.#sharing.authorize(dispatch, replayable, signal)
    if (!this.#isSignedOut && this.#isDue(LOOK_SLACK)) await untilAborted(this.#renew(), signal)
    const { token } = this.#session
    const response = await dispatch(bearerHeader(token))
    if (response.status !== 401 || !replayable || this.#isSignedOut) return response
    const renewed = await untilAborted(this.#renewRefused(token), signal)
    if (!renewed) return response
    await discard(response)
    return await dispatch(bearerHeader(this.#session.token))
  }

  /** Exchanges the grant anew. Throws the secret-free error of spec 05 §2.2. */
  async exchange(signal?: AbortSignal): Promise<GrantSessionResponse> {
    try {
      return await exchangeGrant(this.core, this, signal)
    } catch (thrown) {
      throw credentialRefreshError(thrown)
    }
  }

  async signout(signal: AbortSignal | undefined): Promise<void> {
    this.#isSignedOut = true
    try {
      if (this.#sharing !== undefined) await this.#sharing.signout(signal)
      else await this.requestSignout(signal)
    } catch (thrown) {
      // Still signed in, so its bearer must be renewed as before.
      this.#isSignedOut = false
      throw thrown
    }
  }

  /** Revokes the grant on its homeserver: by proof where the server knows how, else by bearer (spec 05 §7.4). */
  async requestSignout(signal: AbortSignal | undefined): Promise<void> {
    const features = await untilAborted(this.core.features.of(this.homeserver.z32()), signal)
    const byProof = features.has(FEATURE_GRANT_PROOF_LOGOUT)
    const response = await this.core.sendExpectingSuccess({
      method: 'DELETE',
      url: `https://${this.homeserver.z32()}/auth/grant/session`,
      tenant: this.user.z32(),
      headers: byProof ? { 'content-type': 'application/json' } : bearerHeader(this.#session.token),
      ...(byProof && { body: await grantRequestBody(this) }),
      signal,
    })
    await discard(response)
  }

  /** The text that restores this session elsewhere. Throws `ClientStateError` for delegated keys. */
  exportSecret(): string {
    return exportGrantSecret(this)
  }

  #isDue(slack: number): boolean {
    return isRefreshDue(this.#session.session, nowSeconds(), slack)
  }

  /** One exchange at a time; whoever waited for it needs none of their own. */
  async #renew(): Promise<void> {
    if (this.#renewal === undefined) {
      if (!this.#isDue(RENEW_SLACK)) return
      this.#startRenewal()
    }
    await this.#renewal
  }

  /** Renews a bearer the server did not take; false when the homeserver gives no other, which is what 4xx says. */
  async #renewRefused(token: string): Promise<boolean> {
    try {
      if (this.#renewal === undefined && this.#session.token === token) this.#startRenewal()
      await this.#renewal
      return true
    } catch (thrown) {
      const status = statusCodeOf(thrown) ?? 0
      if (status < 400 || status > 499 || status === TOO_MANY_REQUESTS) throw thrown
      return false
    }
  }

  #startRenewal(): void {
    this.#renewal = this.exchange()
      .then((session) => this.adopt(session))
      .finally(() => {
        this.#renewal = undefined
      })
  }
}

/** The header that carries a bearer. */
export function bearerHeader(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` }
}

/**
 * Only failures of HTTP become the special error, whose text never holds URL, body, grant, proof or bearer; failures of
 * PKDNS and of signing keep their own.
 */
function credentialRefreshError(thrown: unknown): unknown {
  if (!(thrown instanceof PubkyError) || thrown.name !== 'RequestError') return thrown
  const statusCode = statusCodeOf(thrown)
  return requestError('Credential refresh failed: Grant credential refresh request failed', {
    ...(statusCode !== undefined && { statusCode }),
    kind: statusCode === undefined ? 'other' : 'http',
    credentialRefresh: true,
  })
}
