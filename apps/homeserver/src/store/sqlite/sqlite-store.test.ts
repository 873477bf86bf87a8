import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { storeContract } from '../store.contract.ts'
import { openSqliteStore } from './sqlite-store.ts'

const onFatal = (error: Error) => {
  throw error
}

storeContract('SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pubky-store-'))
  const open = () => openSqliteStore({ path: join(folder, 'db', 'homeserver.sqlite'), onFatal })
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      store = await open()
      return store
    },
    remove: () => rm(folder, { recursive: true }),
  }
})

storeContract('SQLite in memory', async () => ({
  store: await openSqliteStore({ path: undefined, onFatal }),
  reopen: undefined,
  remove: async () => {},
}))

test('refuses a file that is no database, and a schema it does not know', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pubky-store-'))
  const path = join(folder, 'x.sqlite')
  try {
    const db = new Database(path)
    db.exec(
      "CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER) STRICT; INSERT INTO migrations VALUES ('2999-01-01-later', 1)",
    )
    db.close()
    await expect(openSqliteStore({ path, onFatal })).rejects.toThrow('2999-01-01-later')
    await rm(path)
    const { writeFile } = await import('node:fs/promises')
    await writeFile(path, 'this is not a database, just some text that is long enough to look at')
    await expect(openSqliteStore({ path, onFatal })).rejects.toMatchObject({ code: 'storage-failed' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
