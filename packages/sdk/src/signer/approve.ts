import { type Keypair, secretboxSeal, utf8Encode } from '@pubky/crypto'
import {
  type Capabilities,
  createAuthToken,
  formatCapabilities,
  GRANT_LIFETIME,
  ProtocolError,
  relayChannelId,
  relayChannelUrl,
  requireWithin,
  type SigninGrantLink,
  type SigninLink,
  type SignupGrantLink,
  type SignupLink,
  sealApproval,
  signApproval,
} from '@pubky/protocol'
import { nextTimestamp } from '../auth/next-timestamp.ts'
import type { Client } from '../client.ts'
import { authenticationError, requestError } from '../errors/create.ts'
import { responseError } from '../errors/response-error.ts'
import { discard } from '../http/discard.ts'
import { newGrant } from './sign-grant.ts'

/** A link that is answered through a relay. */
export type ApprovableLink = SigninLink | SignupLink | SigninGrantLink | SignupGrantLink

/**
 * Answers an app's request (spec 05 §11.5).
 * @param approved what the user approves; may be less than the link asks for. Throws `AuthenticationError` when it is
 * more, before anything is sent
 */
export async function approve(
  client: Client,
  user: Keypair,
  link: ApprovableLink,
  approved: Capabilities,
): Promise<void> {
  try {
    requireWithin(approved, link.capabilities)
  } catch (cause) {
    throw cause instanceof ProtocolError ? authenticationError(cause.message, cause) : cause
  }
  const { id, message } = answerTo(user, link, approved)
  const response = await client.core.send({ method: 'POST', url: relayChannelUrl(link.relay, id), body: message })
  if (response.status === 413) throw tooLarge(message.length, approved)
  if (!response.ok) throw await responseError(response, client.core.maxErrorBodyBytes)
  await discard(response)
}

/** Relays take 2048 bytes; the user can be told what to leave out (spec 01 §16.3). */
function tooLarge(bytes: number, approved: Capabilities): Error {
  const keys = approved.filter(({ actions }) => actions.includes('e'))
  const advice = keys.length > 0 ? `; approve fewer of ${formatCapabilities(keys)}` : ''
  return requestError(
    `Request failed: Server responded with an error: 413 Payload Too Large - the relay does not take an approval of ${bytes} bytes${advice}`,
    { statusCode: 413, kind: 'http' },
  )
}

function answerTo(
  user: Keypair,
  link: ApprovableLink,
  approved: Capabilities,
): { readonly id: string; readonly message: Uint8Array<ArrayBuffer> } {
  if (link.intent === 'signin' || link.intent === 'signup') {
    const token = createAuthToken(user, approved, nextTimestamp())
    const id = relayChannelId({ kind: 'secret', secret: link.secret })
    return { id, message: secretboxSeal(token.bytes, link.secret).slice() }
  }
  const grant = newGrant(user, {
    clientId: link.clientId,
    capabilities: approved,
    clientKey: link.clientKey,
    lifetime: GRANT_LIFETIME,
  })
  const text = utf8Encode(link.approvalFormat === 'v1' ? signApproval(grant, user) : grant.jws)
  const { channel } = link
  const sealed = channel.kind === 'secret' ? secretboxSeal(text, channel.secret) : seal(text, channel.publicKey)
  return { id: relayChannelId(channel), message: sealed.slice() }
}

function seal(text: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return sealApproval(text, publicKey)
  } catch (cause) {
    throw cause instanceof ProtocolError ? authenticationError(cause.message, cause) : cause
  }
}
