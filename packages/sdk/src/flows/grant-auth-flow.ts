import { Keypair } from '@pubky/crypto'
import { formatDeepLink, formatPendingFlow, type PendingFlow } from '@pubky/protocol'
import { LocalPopKey } from '../auth/pop-key.ts'
import { isDelegationAvailable } from '../browser/delegated-key.ts'
import { DelegatedPopKey } from '../browser/delegated-pop-key.ts'
import { Client } from '../client.ts'
import { clientStateError } from '../errors/client-state.ts'
import { Freeable } from '../freeable.ts'
import { Session } from '../session/session.ts'
import type { Capabilities } from '../types.ts'
import { ApprovalWait, type FlowLimits } from './approval-wait.ts'
import type { AuthFlowKind } from './auth-flow-kind.ts'
import { checkedGrantRequest, type GrantAuthFlowOptions, type GrantRequestSecrets } from './grant-request.ts'
import type { ReceivedGrant } from './open-grant.ts'
import { localRequestOf } from './resume-grant.ts'

/**
 * Asks a user's signer app for a grant session (spec 05 §11). Show `authorizationUrl` as a QR code or open it on the
 * same device, then `awaitApproval()`. Waiting starts at once and goes on until `free()`.
 */
export class GrantAuthFlow extends Freeable {
  readonly #client: Client
  readonly #request: GrantRequestSecrets
  readonly #wait: ApprovalWait<ReceivedGrant>

  /** @internal Use `pubky.startGrantAuthFlow` or {@link GrantAuthFlow.start}. */
  constructor(client: Client, request: GrantRequestSecrets, limits: FlowLimits) {
    super()
    this.#client = client
    this.#request = request
    this.#wait = new ApprovalWait({
      flowName: 'GrantAuthFlow',
      core: client.core,
      link: request.link,
      open: async (message) => {
        const { openGrant } = await import('../later.ts')
        return openGrant(message, request)
      },
      limits,
    })
  }

  /** Starts a flow on the main network with a key in memory. */
  static start(capabilities: Capabilities, kind: AuthFlowKind, options: GrantAuthFlowOptions): GrantAuthFlow {
    return startLocalGrantFlow(new Client(), capabilities, kind, options)
  }

  /** Starts a flow on the main network with a key that no script can read. Rejects with `ClientStateError` where that is not possible. */
  static async startDelegated(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    options: GrantAuthFlowOptions,
  ): Promise<GrantAuthFlow> {
    return await startDelegatedGrantFlow(new Client(), capabilities, kind, options)
  }

  /** Goes on with a saved flow on the main network. As `pubky.resumeGrantAuthFlow`. */
  static resume(savedState: string): GrantAuthFlow {
    return resumeGrantFlow(new Client(), savedState)
  }

  /** Goes on with a saved delegated flow on the main network. As `pubky.resumeDelegatedGrantAuthFlow`. */
  static async resumeDelegated(savedState: string): Promise<GrantAuthFlow> {
    return await resumeDelegatedGrantFlow(new Client(), savedState)
  }

  /** Whether keys that no script can read look possible here: a secure context with WebCrypto and IndexedDB. */
  static get isDelegationAvailable(): boolean {
    return isDelegationAvailable()
  }

  /** The link for the signer app. Whoever has it can read or forge the answer: never log it. */
  get authorizationUrl(): string {
    return formatDeepLink(this.#request.link)
  }

  /** Waits for the user's approval and signs in with it. Can be called once. */
  async awaitApproval(): Promise<Session> {
    return await this.#wait.take('awaitApproval', (received) => this.#signin(received))
  }

  /** The session if the user has approved, else undefined. Does not wait for the user. */
  async tryPollOnce(): Promise<Session | undefined> {
    return await this.#wait.tryTake('tryPollOnce', (received) => this.#signin(received))
  }

  /** What `resumeGrantAuthFlow` needs to go on, e.g. after a reload. Holds secrets: delete it afterwards. */
  saveLocal(): string {
    const { key } = this.#request
    if (!(key instanceof LocalPopKey)) {
      throw clientStateError('This flow uses a delegated key; use saveDelegated().')
    }
    return this.#save({ kind: 'local', client: key.keypair })
  }

  /** What `resumeDelegatedGrantAuthFlow` needs to go on. Holds the channel's secret: delete it afterwards. */
  saveDelegated(): string {
    const { key } = this.#request
    if (!(key instanceof DelegatedPopKey)) {
      throw clientStateError('This flow uses a local key; use saveLocal().')
    }
    return this.#save({ kind: 'delegated', keyId: key.key.keyId, clientKey: key.publicKey })
  }

  override free(): void {
    this.#wait.stop()
  }

  #save(signer: PendingFlow['signer']): string {
    const { link, approvalSecret } = this.#request
    return formatPendingFlow({ link, signer, ...(approvalSecret && { approvalSecret }) })
  }

  async #signin({ grant, approval }: ReceivedGrant): Promise<Session> {
    const { link, key } = this.#request
    // A fresh account's record may not have reached everybody yet, so its link is the better source.
    const homeserver = link.intent === 'signup_grant' ? link.homeserver : undefined
    const { signinWithGrant } = await import('../later.ts')
    return new Session(this.#client, await signinWithGrant(this.#client, { grant, key, approval, homeserver }))
  }
}

/** Starts a flow with the best key this platform has. @internal */
export async function startGrantFlow(
  client: Client,
  capabilities: Capabilities,
  kind: AuthFlowKind,
  options: GrantAuthFlowOptions,
): Promise<GrantAuthFlow> {
  const request = checkedGrantRequest(capabilities, kind, options)
  const { canUseDelegation, createDelegatedKey } = await import('../later.ts')
  const delegated = (await canUseDelegation()) ? await createDelegatedKey().catch(() => undefined) : undefined
  const key = delegated === undefined ? new LocalPopKey(Keypair.random()) : new DelegatedPopKey(delegated)
  return new GrantAuthFlow(client, request.withKey(key), request.limits)
}

/** Starts a flow with a key in memory. @internal */
export function startLocalGrantFlow(
  client: Client,
  capabilities: Capabilities,
  kind: AuthFlowKind,
  options: GrantAuthFlowOptions,
): GrantAuthFlow {
  const request = checkedGrantRequest(capabilities, kind, options)
  return new GrantAuthFlow(client, request.withKey(new LocalPopKey(Keypair.random())), request.limits)
}

/** Starts a flow with a key in WebCrypto. @internal */
export async function startDelegatedGrantFlow(
  client: Client,
  capabilities: Capabilities,
  kind: AuthFlowKind,
  options: GrantAuthFlowOptions,
): Promise<GrantAuthFlow> {
  const request = checkedGrantRequest(capabilities, kind, options)
  const { createDelegatedKey } = await import('../later.ts')
  const key = new DelegatedPopKey(await createDelegatedKey())
  return new GrantAuthFlow(client, request.withKey(key), request.limits)
}

/** Goes on with what `saveLocal()` wrote. @internal */
export function resumeGrantFlow(client: Client, savedState: string): GrantAuthFlow {
  return new GrantAuthFlow(client, localRequestOf(savedState), {})
}

/** Goes on with what `saveDelegated()` wrote. @internal */
export async function resumeDelegatedGrantFlow(client: Client, savedState: string): Promise<GrantAuthFlow> {
  const { delegatedRequestOf } = await import('../later.ts')
  return new GrantAuthFlow(client, await delegatedRequestOf(savedState), {})
}
