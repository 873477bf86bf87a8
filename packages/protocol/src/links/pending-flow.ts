import { equalBytes, Keypair, PublicKey, x25519PublicKey } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import { JsonObject } from '../json.ts'
import type { SigninGrantLink, SignupGrantLink } from './deep-link.ts'
import { formatDeepLink } from './format-link.ts'
import { parseDeepLink } from './parse-link.ts'

/** Who signs for a pending flow: a keypair that is saved with it, or a key kept elsewhere under a name. */
export type FlowSigner =
  | { readonly kind: 'local'; readonly client: Keypair }
  | { readonly kind: 'delegated'; readonly keyId: string; readonly clientKey: PublicKey }

/** A grant request that waits for its answer, to be resumed later (spec 01 §5.8). Its text contains secrets. */
export interface PendingFlow {
  readonly link: SigninGrantLink | SignupGrantLink
  readonly signer: FlowSigner
  /** X25519 secret of the link's `epk`, 32 bytes; present exactly when the link has one. */
  readonly approvalSecret?: Uint8Array
}

/** The JSON to keep. */
export function formatPendingFlow({ link, signer, approvalSecret }: PendingFlow): string {
  return JSON.stringify({
    authorization_url: formatDeepLink(link),
    ...(signer.kind === 'local'
      ? { client_key_secret: [...signer.client.secret()] }
      : { key_id: signer.keyId, client_pk: signer.clientKey.z32() }),
    approval_key_secret: approvalSecret ? [...approvalSecret] : null,
  })
}

/**
 * Reads a kept flow, also one from before signed approvals, and checks that its keys are those of its link.
 * @throws ProtocolError `flow-state`, `flow-mismatch`, `link-…`
 */
export function parsePendingFlow(json: string): PendingFlow {
  const { url, signer, approvalSecret } = attempt(() => {
    const state = JsonObject.parse(json)
    return {
      url: state.string('authorization_url'),
      signer: signerOf(state),
      approvalSecret: optionalSecretOf(state, 'approval_key_secret'),
    }
  })
  const link = parseDeepLink(url)
  if (link.intent !== 'signin_grant' && link.intent !== 'signup_grant') {
    throw new ProtocolError('flow-mismatch', 'saved flow is not a grant request')
  }
  requireApprovalKey(link, approvalSecret)
  const clientKey = signer.kind === 'local' ? signer.client.publicKey : signer.clientKey
  if (!clientKey.equals(link.clientKey)) {
    throw new ProtocolError('flow-mismatch', 'client key does not match the deep link client public key')
  }
  return { link, signer, ...(approvalSecret && { approvalSecret }) }
}

function requireApprovalKey({ channel }: PendingFlow['link'], secret: Uint8Array | undefined): void {
  if (channel.kind === 'hpke' && !secret) {
    throw new ProtocolError('flow-mismatch', 'saved grant auth flow is missing its HPKE key')
  }
  if (channel.kind !== 'hpke' && secret) {
    throw new ProtocolError('flow-mismatch', 'saved HPKE key has no matching grant request')
  }
  if (channel.kind === 'hpke' && secret && !equalBytes(x25519PublicKey(secret), channel.publicKey)) {
    throw new ProtocolError('flow-mismatch', 'saved HPKE key does not match the grant request')
  }
}

function signerOf(state: JsonObject): FlowSigner {
  const secret = optionalSecretOf(state, 'client_key_secret')
  return secret
    ? { kind: 'local', client: Keypair.fromSecret(secret) }
    : { kind: 'delegated', keyId: state.string('key_id'), clientKey: PublicKey.fromZ32(state.string('client_pk')) }
}

function optionalSecretOf(state: JsonObject, name: string): Uint8Array | undefined {
  const value = state.has(name) ? state.value(name) : null
  if (value === null) return undefined
  const isSecret = Array.isArray(value) && value.length === 32 && value.every(isByte)
  if (!isSecret) throw new ProtocolError('json', `member \`${name}\` is not an array of 32 bytes`)
  return Uint8Array.from(value)
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}

function attempt<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable'
    throw new ProtocolError('flow-state', `Invalid grant auth flow state: ${reason}`)
  }
}
