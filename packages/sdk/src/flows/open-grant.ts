import { CryptoError, secretboxOpen, utf8Decode } from '@pubky/crypto'
import {
  decodeGrant,
  type Grant,
  openApproval,
  ProtocolError,
  requireAnswerTo,
  verifyApproval,
  verifyGrant,
} from '@pubky/protocol'
import type { DeliveredApproval } from '../auth/grant-credential.ts'
import { ScopedEncryptionKeys } from '../encryption/scoped-encryption-keys.ts'
import { authenticationError, messageOf } from '../errors/create.ts'
import type { GrantRequestSecrets } from './grant-request.ts'

/** What a signer answered. */
export interface ReceivedGrant {
  readonly grant: Grant
  readonly approval: DeliveredApproval | undefined
}

/**
 * Opens a relay message and checks that it answers this request (spec 05 §11.6). Undefined for a message that was not
 * encrypted for this flow; throws `AuthenticationError` for one that was, but is wrong.
 */
export function openGrant(message: Uint8Array, request: GrantRequestSecrets): ReceivedGrant | undefined {
  const plaintext = decrypted(message, request)
  if (plaintext === undefined || plaintext.length === 0) return undefined
  try {
    const received = request.link.approvalFormat === 'v1' ? signedApproval(plaintext) : bareGrant(plaintext)
    requireAnswerTo(request.link, received.grant)
    // The homeserver judges a bare grant anyway; an app that only wants to know who signed must be able to trust it.
    if (received.approval === undefined) verifyGrant(received.grant.jws)
    return received
  } catch (cause) {
    if (cause instanceof ProtocolError) throw authenticationError(cause.message, cause)
    throw cause
  }
}

function decrypted(message: Uint8Array, { link, approvalSecret }: GrantRequestSecrets): Uint8Array | undefined {
  try {
    if (link.channel.kind === 'secret') return secretboxOpen(message, link.channel.secret)
    return approvalSecret && openApproval(message, approvalSecret)
  } catch (error) {
    if (error instanceof CryptoError || error instanceof ProtocolError) return undefined
    throw error
  }
}

function signedApproval(plaintext: Uint8Array): ReceivedGrant {
  const { grant, keys, jws } = verifyApproval(plaintext)
  return { grant, approval: { jws, keys: new ScopedEncryptionKeys(keys) } }
}

function bareGrant(plaintext: Uint8Array): ReceivedGrant {
  let jws: string
  try {
    jws = utf8Decode(plaintext)
  } catch (cause) {
    throw authenticationError('invalid approval encoding', cause)
  }
  try {
    return { grant: decodeGrant(jws), approval: undefined }
  } catch (cause) {
    const isSplitWrongly = cause instanceof ProtocolError && cause.code === 'jws-parts'
    const reason = isSplitWrongly ? 'JWS compact must have 3 dot-separated parts' : messageOf(cause)
    throw authenticationError(`invalid grant payload: ${reason}`, cause)
  }
}
