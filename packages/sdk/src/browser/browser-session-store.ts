import { type DeliveredApproval, GrantCredential } from '../auth/grant-credential.ts'
import { exchangeGrant } from '../auth/grant-exchange.ts'
import { restoreGrantSecret } from '../auth/grant-secret.ts'
import type { Client } from '../client.ts'
import { clientStateError } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { parseZ32 } from '../http/known-keys.ts'
import { Session } from '../session/session.ts'
import { withAuthStore } from './auth-database.ts'
import { deleteAllDelegatedKeys, deleteDelegatedKey, loadDelegatedKey } from './delegated-key.ts'
import { DelegatedPopKey } from './delegated-pop-key.ts'
import { deleteAllApprovals, deleteApproval, loadApproval, storeApproval } from './grant-approvals.ts'
import { hasIndexedDb } from './indexed-db.ts'
import { canShareBearers, forgetSharedBearer, SharedBearer } from './shared-bearer.ts'
import { StoredSessionInfo } from './stored-session-info.ts'
import {
  checkedRecord,
  delegatedCredentialOf,
  grantOf,
  recordOf,
  type StoredSessionRecord,
} from './stored-session-record.ts'

/**
 * Keeps grant sessions in the browser, so that users stay signed in (spec 05 §12). Removing one here never revokes it:
 * `session.signout()` does. All methods but `isAvailable` and `list` reject with `ClientStateError` without IndexedDB.
 */
export class BrowserSessionStore extends Freeable {
  readonly #client: Client

  /** @internal Use `pubky.browserSessionStore`. */
  constructor(client: Client) {
    super()
    this.#client = client
  }

  /** Whether sessions can be kept here. */
  async isAvailable(): Promise<boolean> {
    if (!hasIndexedDb()) return false
    return await this.#records().then(
      () => true,
      () => false,
    )
  }

  /** Keeps a grant session, replacing what is stored under its id. Rejects with `ClientStateError` for a cookie session. */
  async save(session: Session): Promise<void> {
    const { credential } = session
    if (!(credential instanceof GrantCredential)) throw clientStateError('Only grant sessions can be stored.')
    const record = recordOf(credential)
    await withAuthStore('storedSessions', 'readwrite', (store) => store.put(record))
    if (record.storageMode === 'delegated' && credential.approval !== undefined) {
      await storeApproval(record.id, credential.approval.jws)
    }
    await joinTabs(credential)
  }

  /** All kept sessions; none where nothing can be kept. */
  async list(): Promise<StoredSessionInfo[]> {
    if (!hasIndexedDb()) return []
    const values = await this.#records().catch((): unknown[] => [])
    return values.map((value) => new StoredSessionInfo(checkedRecord(value)))
  }

  /** Signs in again with a kept session. Rejects with `ClientStateError` when it, or its key, is gone. */
  async restore(id: string): Promise<Session> {
    const record = await this.#record(id)
    const credential =
      record.storageMode === 'delegated'
        ? await restoreDelegated(this.#client, record)
        : await restoreGrantSecret(this.#client, record.credential)
    await joinTabs(credential)
    return new Session(this.#client, credential)
  }

  /** Forgets a session and its key. */
  async remove(id: string): Promise<void> {
    const record = await this.#record(id)
    await this.#forget(record)
  }

  /** Forgets all kept sessions and their keys; keys of pending flows stay. */
  async clear(): Promise<void> {
    for (const value of await this.#records()) await this.#forget(checkedRecord(value))
  }

  /** Forgets all kept sessions and every key, those of pending flows too. */
  async clearAll(): Promise<void> {
    for (const { id } of await this.list()) await forgetSharedBearer(id)
    await withAuthStore('storedSessions', 'readwrite', (store) => store.clear())
    await deleteAllDelegatedKeys()
    await deleteAllApprovals()
  }

  async #records(): Promise<unknown[]> {
    return await withAuthStore('storedSessions', 'readonly', (store) => store.getAll())
  }

  async #record(id: string): Promise<StoredSessionRecord> {
    const value: unknown = await withAuthStore('storedSessions', 'readonly', (store) => store.get(id))
    if (value === undefined) throw clientStateError(`Stored Pubky session not found: ${id}`)
    return checkedRecord(value)
  }

  async #forget(record: StoredSessionRecord): Promise<void> {
    await withAuthStore('storedSessions', 'readwrite', (store) => store.delete(record.id))
    await forgetSharedBearer(record.id)
    await deleteApproval(record.id)
    if (record.storageMode === 'delegated') await deleteDelegatedKey(delegatedCredentialOf(record).keyId)
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
