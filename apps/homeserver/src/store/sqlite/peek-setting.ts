import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { HomeserverError } from '../../error.ts'

/**
 * Reads one setting of a database without opening it for writing, so that nothing is touched before it is known to be
 * ours. Undefined when there is no database, or it is new.
 * @throws HomeserverError `storage-failed`: the file is damaged, or no database
 */
export function peekSetting(path: string, name: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined
  let db: Database.Database | undefined
  try {
    db = new Database(path, { readonly: true, fileMustExist: true })
    const isNew = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'settings'").get() === undefined
    if (isNew) return undefined
    return db.prepare<[string], Buffer>('SELECT value FROM settings WHERE name = ?').pluck().get(name)
  } catch (cause) {
    throw new HomeserverError('storage-failed', `the database ${path} cannot be read`, { cause })
  } finally {
    db?.close()
  }
}
