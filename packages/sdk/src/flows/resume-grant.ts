import { type PendingFlow, ProtocolError, parsePendingFlow } from '@pubky/protocol'
import { LocalPopKey } from '../auth/pop-key.ts'
import { DelegatedPopKey } from '../browser/delegated-pop-key.ts'
import { authenticationError, clientStateError, invalidInput, messageOf } from '../errors/create.ts'
import type { GrantRequestSecrets } from './grant-request.ts'

/** Reads what `saveLocal()` wrote. Throws `InvalidInput` or `AuthenticationError` (spec 05 §11.7). */
export function localRequestOf(savedState: string): GrantRequestSecrets {
  const { link, signer, approvalSecret } = pendingFlow(savedState)
  if (signer.kind !== 'local') throw invalidState('missing field `client_key_secret`')
  return { link, key: new LocalPopKey(signer.client), approvalSecret }
}

/**
 * Reads what `saveDelegated()` wrote and finds its key. Throws `ClientStateError` when the key is gone or is another
 * one, else as {@link localRequestOf}.
 */
export async function delegatedRequestOf(savedState: string): Promise<GrantRequestSecrets> {
  const { keyId, clientKey } = delegatedMembers(savedState)
  const { loadDelegatedKey } = await import('../later.ts')
  const key = await loadDelegatedKey(keyId)
  if (key.publicKey.z32() !== clientKey) {
    throw clientStateError('Delegated grant key public key does not match saved flow.')
  }
  const { link, approvalSecret } = pendingFlow(savedState)
  return { link, key: new DelegatedPopKey(key), approvalSecret }
}

function pendingFlow(savedState: string): PendingFlow {
  try {
    return parsePendingFlow(savedState)
  } catch (cause) {
    if (cause instanceof ProtocolError && cause.code === 'flow-state') throw invalidInput(cause.message, cause)
    throw authenticationError(messageOf(cause), cause)
  }
}

function delegatedMembers(savedState: string): { readonly keyId: string; readonly clientKey: string } {
  let state: unknown
  try {
    state = JSON.parse(savedState)
  } catch {
    // The parser's message would quote the state, which holds secrets.
    throw invalidState('invalid JSON')
  }
  if (typeof state !== 'object' || state === null) throw invalidState('expected an object')
  const keyId: unknown = Reflect.get(state, 'key_id')
  const clientKey: unknown = Reflect.get(state, 'client_pk')
  if (typeof keyId !== 'string') throw invalidState('missing field `key_id`')
  if (typeof clientKey !== 'string') throw invalidState('missing field `client_pk`')
  return { keyId, clientKey }
}

function invalidState(reason: string): Error {
  return invalidInput(`Invalid grant auth flow state: ${reason}`)
}
