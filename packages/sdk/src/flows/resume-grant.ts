import { type PendingFlow, ProtocolError, parsePendingFlow } from '@pubky/protocol'
import { LocalPopKey } from '../auth/pop-key.ts'
import { authenticationError, invalidInput, messageOf } from '../errors/create.ts'
import type { GrantRequestSecrets } from './grant-request.ts'

/** Reads what `saveLocal()` wrote. Throws `InvalidInput` or `AuthenticationError` (spec 05 §11.7). */
export function localRequestOf(savedState: string): GrantRequestSecrets {
  const { link, signer, approvalSecret } = pendingFlow(savedState)
  if (signer.kind !== 'local') throw invalidState('missing field `client_key_secret`')
  return { link, key: new LocalPopKey(signer.client), approvalSecret }
}

/** The flow in a saved text. Throws `InvalidInput` or `AuthenticationError`. */
export function pendingFlow(savedState: string): PendingFlow {
  try {
    return parsePendingFlow(savedState)
  } catch (cause) {
    if (cause instanceof ProtocolError && cause.code === 'flow-state') throw invalidInput(cause.message, cause)
    throw authenticationError(messageOf(cause), cause)
  }
}

/** The error for a saved text that lacks something. */
export function invalidState(reason: string): Error {
  return invalidInput(`Invalid grant auth flow state: ${reason}`)
}
