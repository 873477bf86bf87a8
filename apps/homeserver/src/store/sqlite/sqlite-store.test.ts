import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { NOW } from '../contract/store-bench.contract.ts'
import { storeContract } from '../store.contract.ts'
import type { UserRecord } from '../store.ts'
import { initial } from './migrations/2026-11-24-initial.ts'
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

test('a database of the first schema keeps its files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pubky-store-'))
  const path = join(folder, 'x.sqlite')
  try {
    const old = new Database(path)
    old.exec(`
      CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT;
      INSERT INTO migrations VALUES ('2026-11-24-initial', 1);
      ${initial}
      INSERT INTO users (id, public_key, created_at) VALUES (7, 'key', 1);
      INSERT INTO entries VALUES
        (1, 7, '/pub/small', 3, 'text/plain', '"a"', 1, 1, 'then', 'aa', 1, 1),
        (2, 7, '/pub/large', 9, 'text/plain', '"b"', 1, 1, 'then', 'bb', 0, 1);
      INSERT INTO inline_bodies VALUES (1, x'010203');
    `)
    old.close()
    await using store = await openSqliteStore({ path, onFatal })
    const small = await store.readEntry(7, '/pub/small')
    expect(small).toMatchObject({ entry: { contentLength: 3 }, inlineBody: Buffer.from([1, 2, 3]) })
    expect(await store.readEntry(7, '/pub/large')).toMatchObject({
      entry: { body: { blobId: 'bb', place: 'blob' } },
      inlineBody: undefined,
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('of the key of a deleted account nothing is left in the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pubky-store-'))
  const path = join(folder, 'x.sqlite')
  try {
    const users: UserRecord[] = []
    const wrapped = (n: number) => Buffer.alloc(60, n)
    {
      await using store = await openSqliteStore({ path, onFatal })
      for (const n of [1, 2, 3]) {
        const key = { generation: 1, rootKeyId: new Uint8Array(8), wrapped: wrapped(n) }
        const created = await store.createUser({ publicKey: `user ${n}`, key, tokenLookup: undefined, now: NOW })
        if (created.outcome === 'created') users.push(created.user)
      }
    }
    {
      await using store = await openSqliteStore({ path, onFatal })
      expect(await store.deleteUser(users[1]?.id ?? 0, NOW)).toBe(true)
    }
    const file = await readFile(path)
    expect([1, 2, 3].map((n) => file.includes(wrapped(n)))).toEqual([true, false, true])
  } finally {
    await rm(folder, { recursive: true })
  }
})

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
