import { type DeliveredApproval, GrantCredential } from '../auth/grant-credential.ts'
import { exchangeGrant } from '../auth/grant-exchange.ts'
import { restoreGrantSecret } from '../auth/restore-grant-secret.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import type { Client } from '../client.ts'
import { clientStateError } from '../errors/client-state.ts'
import { parseZ32 } from '../http/known-keys.ts'
import { withAuthStore } from './auth-database.ts'
import { deleteAllDelegatedKeys, deleteDelegatedKey, loadDelegatedKey } from './delegated-key-store.ts'
import { DelegatedPopKey } from './delegated-pop-key.ts'
import { deleteAllApprovals, deleteApproval, loadApproval, storeApproval } from './grant-approvals.ts'
import { canShareBearers, forgetAllSharedBearers, forgetSharedBearer, SharedBearer } from './shared-bearer.ts'
import {
  checkedRecord,
  delegatedCredentialOf,
  grantOf,
  recordOf,
  type StoredSessionRecord,
} from './stored-session-record.ts'

/** Keeps a grant session, replacing what is stored under its id. */
export async function saveStoredSession(credential: SessionCredential): Promise<StoredSessionRecord> {
  if (credential.kind !== 'grant') throw clientStateError('Only grant sessions can be stored.')
  const record = recordOf(credential)
  await withAuthStore('storedSessions', 'readwrite', (store) => store.put(record))
  if (record.storageMode === 'delegated' && credential.approval !== undefined) {
    await storeApproval(record.id, credential.approval.jws)
  }
  await joinTabs(credential)
  return record
}

/** What is stored, unchecked. */
export async function storedValues(): Promise<unknown[]> {
  return await withAuthStore('storedSessions', 'readonly', (store) => store.getAll())
}

/** All kept sessions; none where the store cannot be read. */
export async function listStoredSessions(): Promise<StoredSessionRecord[]> {
  const values = await storedValues().catch((): unknown[] => [])
  return values.map(checkedRecord)
}

/** Signs in again with a kept session. Throws `ClientStateError` when it, or its key, is gone. */
export async function restoreStoredSession(client: Client, id: string): Promise<GrantCredential> {
  const record = checkedRecord(await storedValue(id))
  const credential =
    record.storageMode === 'delegated'
      ? await restoreDelegated(client, record)
      : await restoreGrantSecret(client, record.credential)
  await joinTabs(credential)
  return credential
}

/** Forgets a session and its key. */
export async function removeStoredSession(id: string): Promise<void> {
  await forget(id, await storedValue(id))
}

/** Forgets all kept sessions and their keys; keys of pending flows stay. */
export async function clearStoredSessions(): Promise<void> {
  for (const value of await storedValues()) await forget(String(Reflect.get(Object(value), 'id')), value)
}

/** Forgets all kept sessions and every key, those of pending flows too. */
export async function clearBrowserAuth(): Promise<void> {
  await withAuthStore('storedSessions', 'readwrite', (store) => store.clear())
  await forgetAllSharedBearers()
  await deleteAllDelegatedKeys()
  await deleteAllApprovals()
}

async function storedValue(id: string): Promise<unknown> {
  const value: unknown = await withAuthStore('storedSessions', 'readonly', (store) => store.get(id))
  if (value === undefined) throw clientStateError(`Stored Pubky session not found: ${id}`)
  return value
}

async function forget(id: string, value: unknown): Promise<void> {
  await withAuthStore('storedSessions', 'readwrite', (store) => store.delete(id))
  await forgetSharedBearer(id)
  await deleteApproval(id)
  const keyId = delegatedKeyIdOf(value)
  if (keyId !== undefined) await deleteDelegatedKey(keyId)
}

/** The key of a record, if that can be read: what is only to be forgotten may be damaged, or of another version. */
function delegatedKeyIdOf(value: unknown): string | undefined {
  try {
    const record = checkedRecord(value)
    return record.storageMode === 'delegated' ? delegatedCredentialOf(record).keyId : undefined
  } catch {
    return undefined
  }
}

async function joinTabs(credential: GrantCredential): Promise<void> {
  if (canShareBearers()) await new SharedBearer(credential).join()
}

async function restoreDelegated({ core }: Client, record: StoredSessionRecord): Promise<GrantCredential> {
  const stored = delegatedCredentialOf(record)
  const grant = grantOf(stored)
  const homeserver = parseZ32(stored.homeserverPublicKey)
  if (homeserver === undefined) throw clientStateError('Stored Pubky session names no homeserver.')
  const loaded = await loadDelegatedKey(stored.keyId)
  if (loaded.publicKey.z32() !== stored.clientPublicKey || !loaded.publicKey.equals(grant.clientKey)) {
    throw clientStateError('Delegated grant key public key does not match saved session.')
  }
  const key = new DelegatedPopKey(loaded)
  const approval: DeliveredApproval | undefined = await loadApproval(record.id, grant)
  const session = await exchangeGrant(core, { grant, homeserver, key })
  return new GrantCredential({ core, grant, homeserver, key, approval, session })
}
