import { type Grant, ProtocolError, requireApprovalOf } from '@pubky/protocol'
import type { DeliveredApproval } from '../auth/grant-credential.ts'
import { ScopedEncryptionKeys } from '../encryption/scoped-encryption-keys.ts'
import { clientStateError } from '../errors/client-state.ts'
import { withSharedStore } from './auth-database.ts'

/** Keeps the signed approval of a delegated session, which holds its content keys, apart from the session itself. */
export async function storeApproval(id: string, jws: string): Promise<void> {
  await withSharedStore('grantApprovals', 'readwrite', (store) => store.put({ id, jws }))
}

/** The kept approval of a grant; undefined when there is none. Throws `ClientStateError` for one of another grant. */
export async function loadApproval(id: string, grant: Grant): Promise<DeliveredApproval | undefined> {
  const record: unknown = await withSharedStore('grantApprovals', 'readonly', (store) => store.get(id))
  if (typeof record !== 'object' || record === null) return undefined
  try {
    const { jws, keys } = requireApprovalOf(grant.jws, String(Reflect.get(record, 'jws')))
    return { jws, keys: new ScopedEncryptionKeys(keys) }
  } catch (cause) {
    if (cause instanceof ProtocolError) throw clientStateError(cause.message)
    throw cause
  }
}

/** Forgets the approval of a session. */
export async function deleteApproval(id: string): Promise<void> {
  await withSharedStore('grantApprovals', 'readwrite', (store) => store.delete(id))
}

/** Forgets all approvals. */
export async function deleteAllApprovals(): Promise<void> {
  await withSharedStore('grantApprovals', 'readwrite', (store) => store.clear())
}
