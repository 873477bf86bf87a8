import { type PublicKey as CryptoPublicKey, randomBytes } from '@pubky/crypto'
import {
  formatDeepLink,
  type AuthToken as ProtocolToken,
  parseDeepLink,
  type SigninLink,
  type SignupLink,
} from '@pubky/protocol'
import { AuthToken } from '../auth/auth-token.ts'
import { Client } from '../client.ts'
import { authenticationError, messageOf } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { PublicKey } from '../keys/public-key.ts'
import { fromXCallback } from '../links/x-callback.ts'
import { Session } from '../session/session.ts'
import type { Capabilities, XCallbackParams } from '../types.ts'
import { normalizedCapabilities } from '../validate-capabilities.ts'
import { ApprovalWait } from './approval-wait.ts'
import { type AuthFlowKind, signupOf } from './auth-flow-kind.ts'
import { checkedRelay } from './start-link.ts'

/**
 * Asks a user's signer app for a cookie session (spec 05 §11). Show `authorizationUrl` as a QR code or open it on the
 * same device, then `awaitApproval()`. Waiting starts at once and goes on until `free()`.
 */
export class AuthFlow extends Freeable {
  readonly #client: Client
  readonly #link: SigninLink | SignupLink
  readonly #wait: ApprovalWait<ProtocolToken>

  /** @internal Use `pubky.startCookieAuthFlow` or {@link AuthFlow.start}. */
  constructor(client: Client, link: SigninLink | SignupLink) {
    super()
    this.#client = client
    this.#link = link
    const { secret, relay } = link
    this.#wait = new ApprovalWait({
      flowName: 'AuthFlow',
      core: client.core,
      link: { relay, channel: { kind: 'secret', secret } },
      open: async (message) => {
        const { openToken } = await import('../later.ts')
        return openToken(message, secret)
      },
      limits: {},
    })
  }

  /** Starts a flow on the main network. As `pubky.startCookieAuthFlow`. */
  static start(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    relay?: string | null,
    xCallback?: XCallbackParams | null,
  ): AuthFlow {
    return startAuthFlow(new Client(), capabilities, kind, relay, xCallback)
  }

  /** Goes on with a flow on the main network. As `pubky.resumeCookieAuthFlow`. */
  static resume(authorizationUrl: string): AuthFlow {
    return resumeAuthFlow(new Client(), authorizationUrl)
  }

  /** The link for the signer app. Whoever has it can read the answer: never log it. */
  get authorizationUrl(): string {
    return formatDeepLink(this.#link)
  }

  /** Waits for the user's approval and signs in with it. Can be called once. */
  async awaitApproval(): Promise<Session> {
    return await this.#wait.take('awaitApproval', (token) => this.#signin(token))
  }

  /** Waits for the user's approval and returns the verified token without signing in. Can be called once. */
  async awaitToken(): Promise<AuthToken> {
    return await this.#wait.take('awaitToken', async (token) => new AuthToken(token))
  }

  /** The session if the user has approved, else undefined. Does not wait for the user. */
  async tryPollOnce(): Promise<Session | undefined> {
    return await this.#wait.tryTake('tryPollOnce', (token) => this.#signin(token))
  }

  /** The homeserver a sign-up link names; undefined when signing in. */
  get targetHomeserver(): PublicKey | undefined {
    const homeserver = this.#homeserver()
    return homeserver && new PublicKey(homeserver)
  }

  override free(): void {
    this.#wait.stop()
  }

  async #signin(token: ProtocolToken): Promise<Session> {
    const { signinWithToken } = await import('../later.ts')
    const credential = await signinWithToken(this.#client.core, token, this.#homeserver())
    return new Session(this.#client, credential)
  }

  #homeserver(): CryptoPublicKey | undefined {
    return this.#link.intent === 'signup' ? this.#link.homeserver : undefined
  }
}

/** Starts a cookie flow. Throws `InvalidInput`. @internal */
export function startAuthFlow(
  client: Client,
  capabilities: Capabilities,
  kind: AuthFlowKind,
  relay: string | null | undefined,
  xCallback: XCallbackParams | null | undefined,
): AuthFlow {
  const base = {
    scheme: 'pubkyauth',
    callbacks: fromXCallback(xCallback),
    capabilities: normalizedCapabilities(capabilities),
    relay: checkedRelay(relay),
    secret: randomBytes(32),
  } as const
  const signup = signupOf(kind)
  if (signup === undefined) return new AuthFlow(client, { ...base, intent: 'signin' })
  const { homeserver, signupToken } = signup
  return new AuthFlow(client, {
    ...base,
    intent: 'signup',
    homeserver,
    ...(signupToken !== undefined && { signupToken }),
  })
}

/** Goes on with a cookie flow. Throws `AuthenticationError` (spec 05 §11.7). @internal */
export function resumeAuthFlow(client: Client, authorizationUrl: string): AuthFlow {
  const link = parseForResume(authorizationUrl)
  switch (link.intent) {
    case 'signin':
    case 'signup':
      return new AuthFlow(client, link)
    case 'signin_grant':
    case 'signup_grant':
      throw authenticationError(
        'grant auth flows cannot be resumed from the authorization URL alone; use resumeGrantAuthFlow with the saved state',
      )
    case 'direct_signup':
      throw authenticationError('Direct signup URLs cannot be resumed as cookie auth flows.')
    case 'secret_export':
      throw authenticationError('Only signin and signup URLs can be resumed.')
  }
}

function parseForResume(authorizationUrl: string): ReturnType<typeof parseDeepLink> {
  try {
    return parseDeepLink(authorizationUrl)
  } catch (cause) {
    throw authenticationError(`Failed to parse authorization URL: ${messageOf(cause)}`, cause)
  }
}
