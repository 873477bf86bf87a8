import { clientStateError } from '../errors/client-state.ts'
import { messageOf } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { hasIndexedDb } from './has-indexed-db.ts'
import { transact } from './indexed-db.ts'

/** The official SDK's database and stores; data survives switching between the SDKs (spec 05 §12). */
const NAME = 'pubky-auth'
const SCHEMA = { delegatedGrantKeys: 'keyId', storedSessions: 'id' }

type AuthStore = keyof typeof SCHEMA

/** Runs `work` on one store of the official database. Throws `ClientStateError` without IndexedDB or when it fails. */
export async function withAuthStore<T>(
  store: AuthStore,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return await guarded(async () => {
    return await transact(NAME, SCHEMA, [store], mode, (transaction) => work(transaction.objectStore(store)))
  })
}

/** Ours: what tabs share about a stored grant, apart from the official database so that its version stays 1. */
const SHARED_NAME = 'pubky-auth-shared'
const SHARED_SCHEMA = { sharedBearers: 'id', grantApprovals: 'id' }

type SharedStore = keyof typeof SHARED_SCHEMA

/** As {@link withAuthStore}, on a store of our own database. */
export async function withSharedStore<T>(
  store: SharedStore,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return await guarded(async () => {
    return await transact(SHARED_NAME, SHARED_SCHEMA, [store], mode, (transaction) =>
      work(transaction.objectStore(store)),
    )
  })
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  if (!hasIndexedDb()) throw clientStateError('Pubky session persistence requires IndexedDB.')
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof PubkyError) throw cause
    throw clientStateError(`IndexedDB failed: ${messageOf(cause)}`, cause)
  }
}
