import { loadDelegatedKey } from '../browser/delegated-key-store.ts'
import { DelegatedPopKey } from '../browser/delegated-pop-key.ts'
import { clientStateError } from '../errors/client-state.ts'
import type { GrantRequestSecrets } from './grant-request.ts'
import { invalidState, pendingFlow } from './resume-grant.ts'

/**
 * Reads what `saveDelegated()` wrote and finds its key. Throws `ClientStateError` when the key is gone or is another
 * one, else as `localRequestOf`.
 */
export async function delegatedRequestOf(savedState: string): Promise<GrantRequestSecrets> {
  const { keyId, clientKey } = delegatedMembers(savedState)
  const key = await loadDelegatedKey(keyId)
  if (key.publicKey.z32() !== clientKey) {
    throw clientStateError('Delegated grant key public key does not match saved flow.')
  }
  const { link, approvalSecret } = pendingFlow(savedState)
  return { link, key: new DelegatedPopKey(key), approvalSecret }
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
