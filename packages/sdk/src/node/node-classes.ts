/**
 * The classes whose static methods and constructors make a client of their own, here a native one. Objects that come
 * from a facade are of the base classes, so each class here counts those as its instances.
 */
import type { Client } from '../client.ts'
import { AuthFlow, resumeAuthFlow, startAuthFlow } from '../flows/auth-flow.ts'
import type { AuthFlowKind } from '../flows/auth-flow-kind.ts'
import {
  GrantAuthFlow,
  resumeDelegatedGrantFlow,
  resumeGrantFlow,
  startDelegatedGrantFlow,
  startLocalGrantFlow,
} from '../flows/grant-auth-flow.ts'
import type { GrantAuthFlowOptions } from '../flows/grant-request.ts'
import type { Keypair } from '../keys/keypair.ts'
import { Pkdns } from '../pkdns/pkdns.ts'
import { Pubky } from '../pubky.ts'
import { Session } from '../session/session.ts'
import { Signer } from '../signer/signer.ts'
import { PublicStorage } from '../storage/public-storage.ts'
import type { Capabilities, XCallbackParams } from '../types.ts'
import { Client as NodeClient } from './node-client.ts'

/** The way into the SDK, with native transport. Dispose it when done: `await using pubky = new Pubky()`. */
class NodePubky extends Pubky implements AsyncDisposable {
  constructor(client: Client = new NodeClient()) {
    super(client)
  }

  static override testnet(host?: string | null): NodePubky {
    return new NodePubky(NodeClient.testnet(host))
  }

  static override withClient(client: Client): NodePubky {
    return new NodePubky(client)
  }

  /** Closes the client if it is a native one. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.client instanceof NodeClient) await this.client[Symbol.asyncDispose]()
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, Pubky)
  }
}

class NodeSigner extends Signer {
  static override fromKeypair(keypair: Keypair): Signer {
    return new Signer(new NodeClient(), keypair)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, Signer)
  }
}

class NodePublicStorage extends PublicStorage {
  constructor(client: Client = new NodeClient()) {
    super(client)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, PublicStorage)
  }
}

class NodePkdns extends Pkdns {
  constructor(client: Client = new NodeClient(), keypair?: Keypair) {
    super(client, keypair)
  }

  static override fromKeypair(keypair: Keypair): Pkdns {
    return new Pkdns(new NodeClient(), keypair)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, Pkdns)
  }
}

class NodeSession extends Session {
  static override async restore(exported: string, client?: Client | null): Promise<Session> {
    return await Session.restore(exported, client ?? new NodeClient())
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, Session)
  }
}

class NodeAuthFlow extends AuthFlow {
  static override start(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    relay?: string | null,
    xCallback?: XCallbackParams | null,
  ): AuthFlow {
    return startAuthFlow(new NodeClient(), capabilities, kind, relay, xCallback)
  }

  static override resume(authorizationUrl: string): AuthFlow {
    return resumeAuthFlow(new NodeClient(), authorizationUrl)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, AuthFlow)
  }
}

class NodeGrantAuthFlow extends GrantAuthFlow {
  static override start(capabilities: Capabilities, kind: AuthFlowKind, options: GrantAuthFlowOptions): GrantAuthFlow {
    return startLocalGrantFlow(new NodeClient(), capabilities, kind, options)
  }

  static override async startDelegated(
    capabilities: Capabilities,
    kind: AuthFlowKind,
    options: GrantAuthFlowOptions,
  ): Promise<GrantAuthFlow> {
    return await startDelegatedGrantFlow(new NodeClient(), capabilities, kind, options)
  }

  static override resume(savedState: string): GrantAuthFlow {
    return resumeGrantFlow(new NodeClient(), savedState)
  }

  static override async resumeDelegated(savedState: string): Promise<GrantAuthFlow> {
    return await resumeDelegatedGrantFlow(new NodeClient(), savedState)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isA(value, GrantAuthFlow)
  }
}

export {
  NodeAuthFlow as AuthFlow,
  NodeGrantAuthFlow as GrantAuthFlow,
  NodePkdns as Pkdns,
  NodePubky as Pubky,
  NodePublicStorage as PublicStorage,
  NodeSession as Session,
  NodeSigner as Signer,
}

/** `instanceof` of a base class, whatever its subclasses say. */
function isA(value: unknown, base: { readonly prototype: object }): boolean {
  return typeof value === 'object' && value !== null && Object.prototype.isPrototypeOf.call(base.prototype, value)
}
