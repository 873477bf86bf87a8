import Database from 'better-sqlite3'
import { HomeserverError } from '../../error.ts'

/**
 * Keeps a second process out of a data folder for as long as this one lives: the writer gives out event ids from
 * memory. The lock is the operating system's, so a killed process leaves none behind.
 * @param path file that carries the lock, created if missing
 * @throws HomeserverError `storage-failed`: somebody else has it
 */
export function lockDirectory(path: string): Disposable {
  const db = new Database(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new HomeserverError('storage-failed', `another process is using the data beside ${path}`, { cause })
  }
  return { [Symbol.dispose]: () => db.close() }
}
