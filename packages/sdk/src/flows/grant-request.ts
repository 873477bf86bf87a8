import { randomBytes, utf8Encode, x25519PublicKey } from '@pubky/crypto'
import {
  asksForContentKeys,
  type GrantChannel,
  type PendingFlow,
  type SigninGrantLink,
  type SignupGrantLink,
} from '@pubky/protocol'
import type { PopKey } from '../auth/pop-key.ts'
import { authenticationError } from '../errors/create.ts'
import { fromXCallback } from '../links/x-callback.ts'
import type { Capabilities, XCallbackParams } from '../types.ts'
import { normalizedCapabilities } from '../validate-capabilities.ts'
import type { FlowLimits } from './approval-wait.ts'
import { type AuthFlowKind, signupOf } from './auth-flow-kind.ts'
import { checkedRelay } from './start-link.ts'

/** Options of a grant flow. */
export interface GrantAuthFlowOptions {
  /** Name of the app, such as its domain; 1–253 bytes, shown to the user. */
  clientId: string
  /** HTTP relay base URL; the public one when absent. */
  relay?: string | null
  xCallback?: XCallbackParams | null
  /** `v1` asks for a signed approval, which is needed for the `e` action (content keys). Default `bare`. */
  approvalFormat?: 'bare' | 'v1'
  /** Ends the flow (ours). */
  signal?: AbortSignal
  /** Milliseconds after which the flow ends by itself; without it the flow waits for ever (ours). */
  timeoutMs?: number
}

/** A grant request with the secrets that belong to it. */
export interface GrantRequestSecrets {
  readonly link: PendingFlow['link']
  readonly key: PopKey
  /** X25519 secret of the link's `epk`; undefined for links with a shared secret. */
  readonly approvalSecret: Uint8Array | undefined
}

/** What is asked for, checked before any key is made. Throws `InvalidInput` or `AuthenticationError`. */
export interface CheckedGrantRequest {
  readonly withKey: (key: PopKey) => GrantRequestSecrets
  readonly limits: FlowLimits
}

/** Checks what an app asks for. Throws `InvalidInput`, or `AuthenticationError` for the client id and for `e`. */
export function checkedGrantRequest(
  capabilities: Capabilities,
  kind: AuthFlowKind,
  // Plain JavaScript may leave all of them out.
  options: Partial<GrantAuthFlowOptions> = {},
): CheckedGrantRequest {
  const parsed = normalizedCapabilities(capabilities)
  const signup = signupOf(kind)
  const clientId = checkedClientId(options.clientId)
  const relay = checkedRelay(options.relay)
  const approvalFormat = options.approvalFormat ?? 'bare'
  if (approvalFormat === 'bare' && asksForContentKeys(parsed)) {
    throw authenticationError('encryption key permission requires af=v1')
  }
  const { channel, approvalSecret } = newChannel(approvalFormat)
  const withKey = (key: PopKey): GrantRequestSecrets => {
    const base = {
      scheme: 'pubkyauth',
      callbacks: fromXCallback(options.xCallback),
      capabilities: parsed,
      relay,
      clientId,
      clientKey: key.publicKey,
      approvalFormat,
      channel,
    } as const
    return { link: linkOf(base, signup), key, approvalSecret }
  }
  return { withKey, limits: { signal: options.signal, timeoutMs: options.timeoutMs } }
}

/** A client id as the protocol allows it. Throws `AuthenticationError`. */
export function checkedClientId(clientId: string | undefined): string {
  // Plain JavaScript may leave it out.
  if (!clientId) throw authenticationError('ClientId must not be empty')
  if (utf8Encode(clientId).length > 253) throw authenticationError('ClientId must be at most 253 characters')
  return clientId
}

function newChannel(format: 'bare' | 'v1'): { channel: GrantChannel; approvalSecret: Uint8Array | undefined } {
  const random = randomBytes(32)
  if (format === 'bare') return { channel: { kind: 'secret', secret: random }, approvalSecret: undefined }
  return { channel: { kind: 'hpke', publicKey: x25519PublicKey(random) }, approvalSecret: random }
}

function linkOf(
  base: Omit<SigninGrantLink, 'intent'>,
  signup: AuthFlowKind['signup'],
): SigninGrantLink | SignupGrantLink {
  if (signup === undefined) return { ...base, intent: 'signin_grant' }
  const { homeserver, signupToken } = signup
  return {
    ...base,
    intent: 'signup_grant',
    homeserver,
    ...(signupToken !== undefined && { signupToken }),
  }
}
