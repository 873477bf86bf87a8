import Database from 'better-sqlite3'
import { HomeserverError } from '../../error.ts'
import { MIGRATIONS } from './migrations/all.ts'

/** An open SQLite database. */
export type Connection = Database.Database

/** Path that opens a database in memory. */
export const IN_MEMORY = ':memory:'

/** How long a connection waits for another one, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000
/** Page cache of a connection, in KiB. */
const CACHE_KIB = 65_536

/**
 * Opens the connection that writes, with every commit flushed to the disk, and brings the schema up to date.
 * @throws HomeserverError `storage-failed` when the durability asked for is not in force, or the schema is newer
 */
export function openWriter(path: string): Connection {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    db.pragma('journal_mode = WAL')
    // In WAL mode this build of SQLite falls back to NORMAL, which loses acknowledged commits on a power cut.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    // What is deleted is overwritten where its page is written anyway: above all the keys of deleted accounts.
    db.pragma('secure_delete = FAST')
    db.pragma(`cache_size = -${CACHE_KIB}`)
    // Checkpoints are the writer's own business, between batches.
    db.pragma('wal_autocheckpoint = 0')
    assertDurable(db, path)
    migrate(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Opens a connection that can only read. The database must exist. */
export function openReader(path: string): Connection {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  db.pragma(`cache_size = -${CACHE_KIB}`)
  return db
}

function assertDurable(db: Connection, path: string): void {
  const synchronous = db.pragma('synchronous', { simple: true })
  if (synchronous !== 2) {
    throw new HomeserverError('storage-failed', `database ${path}: synchronous is ${synchronous}, must be 2 (FULL)`)
  }
  const journal = db.pragma('journal_mode', { simple: true })
  if (path !== IN_MEMORY && journal !== 'wal') {
    throw new HomeserverError('storage-failed', `database ${path}: journal mode is ${journal}, must be wal`)
  }
}

/** Applies what is missing, each migration in its own transaction with its record. */
function migrate(db: Connection): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT')
  const applied = new Set(db.prepare<[], string>('SELECT name FROM migrations').pluck().all())
  const known = new Set(MIGRATIONS.map((migration) => migration.name))
  for (const name of applied) {
    if (!known.has(name)) {
      throw new HomeserverError(
        'storage-failed',
        `the database has migration ${name}, which this version does not know: it was opened by a newer version`,
      )
    }
  }
  const record = db.prepare('INSERT INTO migrations (name, applied_at) VALUES (?, ?)')
  for (const { name, sql } of MIGRATIONS) {
    if (applied.has(name)) continue
    db.transaction(() => {
      db.exec(sql)
      record.run(name, Date.now() * 1000)
    })()
  }
  // A new file is to hold no room left over by its own making: what is left over counts as room for bodies.
  if (applied.size === 0) db.exec('VACUUM')
}
