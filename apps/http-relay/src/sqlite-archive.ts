import { closeSync, openSync } from 'node:fs'
import { ServerKitError } from '@pubky/server-kit'
import Database from 'better-sqlite3'
import type { Archive } from './archive.ts'
import type { Entry } from './entry.ts'

interface Row {
  readonly id: string
  readonly message_body: Uint8Array | null
  readonly content_type: string | null
  readonly acked: number
  readonly expires_at: number
  readonly created_at: number
}

type Operation = { readonly run: () => void } & PromiseWithResolvers<void>

/**
 * Opens the SQLite file of spec 06 §4.10, which upstream can read too. Operations that arrive together share one
 * transaction, flushed to the disk before any of them resolves. Bodies are overwritten with zeros when they go.
 *
 * @throws ServerKitError `config`: the file cannot be opened, is not such a database, or is in use by another relay
 */
export function openSqliteArchive(file: string): Archive {
  const database = openDatabase(file)
  const selectLive = database.prepare<[number], Row>('SELECT * FROM entries WHERE expires_at > ? ORDER BY created_at')
  const upsert = database.prepare(
    `INSERT OR REPLACE INTO entries (id, message_body, content_type, acked, expires_at, created_at)
     VALUES (@id, @body, @contentType, @acked, @expiresAt, @createdAt)`,
  )
  const acknowledge = database.prepare('UPDATE entries SET acked = 1, message_body = NULL WHERE id = ?')
  const remove = database.prepare('DELETE FROM entries WHERE id = ?')
  const removeExpired = database.prepare('DELETE FROM entries WHERE expires_at <= ?')

  let pending: Operation[] = []
  const flush = (): void => {
    const batch = pending
    pending = []
    if (batch.length === 0) return
    try {
      database.transaction(() => {
        for (const operation of batch) operation.run()
      })()
      for (const operation of batch) operation.resolve()
    } catch (error) {
      for (const operation of batch) operation.reject(error)
    }
  }
  const enqueue = (run: () => void): Promise<void> => {
    const operation: Operation = { run, ...Promise.withResolvers<void>() }
    if (pending.push(operation) === 1) setImmediate(flush)
    return operation.promise
  }
  return {
    load(now) {
      removeExpired.run(now)
      return selectLive.all(now).map(toEntry)
    },
    store: (entry, evicted) =>
      enqueue(() => {
        if (evicted !== undefined) remove.run(evicted)
        upsert.run({ ...entry, acked: entry.body === null ? 1 : 0 })
      }),
    acknowledge: (id) => enqueue(() => acknowledge.run(id)),
    remove: (ids) =>
      enqueue(() => {
        for (const id of ids) remove.run(id)
      }),
    async close() {
      flush()
      database.close()
    },
  }
}

function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined
  try {
    // SQLite gives its other files the mode of this one.
    closeSync(openSync(file, 'a', 0o600))
    database = new Database(file, { timeout: 0 })
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('secure_delete = ON')
    database.exec(`
      CREATE TABLE IF NOT EXISTS entries (
        id TEXT PRIMARY KEY,
        message_body BLOB,
        content_type TEXT,
        acked INTEGER DEFAULT 0,
        expires_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL
      );
      CREATE INDEX IF NOT EXISTS idx_expires_at ON entries (expires_at);
      CREATE INDEX IF NOT EXISTS idx_created_at ON entries (created_at);
    `)
    return database
  } catch (error) {
    database?.close()
    const isLocked = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
    const reason = isLocked ? 'another relay uses it' : error instanceof Error ? error.message : String(error)
    throw new ServerKitError('config', `cannot open the message file ${file}: ${reason}`, { cause: error })
  }
}

function toEntry(row: Row): Entry {
  return {
    id: row.id,
    // An entry is acknowledged when it has no body; upstream files mark it in a column of its own as well.
    body: row.acked === 1 ? null : row.message_body,
    contentType: row.content_type,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  }
}
