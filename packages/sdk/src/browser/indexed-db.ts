/** The object stores of a database and the property each is keyed by. */
export type StoreKeys = Readonly<Record<string, string>>

/** Opens a database of version 1, creating all its stores together the first time. */
function openDatabase(name: string, stores: StoreKeys): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1)
    opening.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(stores)) opening.result.createObjectStore(store, { keyPath })
    }
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error)
    opening.onblocked = () => reject(new Error(`database ${name} is blocked by another version`))
  })
}

/**
 * Runs `work` in one transaction over `stores` of a freshly opened database and resolves with its request's result
 * once the transaction is complete. The database is closed again, so that nothing keeps other tabs from upgrading it.
 */
export async function transact<T>(
  name: string,
  schema: StoreKeys,
  stores: readonly string[],
  mode: IDBTransactionMode,
  work: (transaction: IDBTransaction) => IDBRequest<T>,
): Promise<T> {
  const database = await openDatabase(name, schema)
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(stores, mode)
      const request = work(transaction)
      transaction.oncomplete = () => resolve(request.result)
      // Comes after the error of a request, too, and only then says which it was.
      transaction.onabort = () => reject(transaction.error ?? new Error('transaction aborted'))
    })
  } finally {
    database.close()
  }
}
