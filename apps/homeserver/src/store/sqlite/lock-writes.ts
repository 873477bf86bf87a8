import type { LockExtension, NewLock, UserId } from '../store.ts'
import type { Connection } from './connection.ts'
import { LockReads } from './lock-reads.ts'

/** Taking, keeping and releasing locks. */
export class LockWrites {
  readonly #reads: LockReads
  readonly #sweep
  readonly #count
  readonly #insert
  readonly #extend
  readonly #release

  constructor(db: Connection) {
    this.#reads = new LockReads(db)
    this.#sweep = db.prepare<[number]>('DELETE FROM locks WHERE expires_at <= ?')
    this.#count = db.prepare<[number], number>('SELECT count(*) FROM locks WHERE user_id = ?').pluck()
    this.#insert = db.prepare('INSERT INTO locks (user_id, path, token_hash, expires_at) VALUES (?, ?, ?, ?)')
    this.#extend = db.prepare('UPDATE locks SET expires_at = ? WHERE user_id = ? AND path = ?')
    this.#release = db.prepare('DELETE FROM locks WHERE user_id = ? AND path = ? AND token_hash = ?')
  }

  acquireLock(lock: NewLock): 'granted' | 'locked' | 'too-many' {
    if (this.#reads.findLock(lock.userId, lock.path, lock.now) !== undefined) return 'locked'
    this.#sweep.run(lock.now)
    if ((this.#count.get(lock.userId) ?? 0) >= lock.maxPerUser) return 'too-many'
    this.#insert.run(lock.userId, lock.path, lock.tokenHash, lock.expiresAt)
    return 'granted'
  }

  extendLock(extension: LockExtension): number | undefined {
    const { userId, path, now, expiresAt } = extension
    const live = this.#reads.findLockWithExpiry(userId, path, now)
    if (live === undefined) return undefined
    const index = extension.tokenHashes.findIndex((hash) => Buffer.compare(hash, live.tokenHash) === 0)
    if (index === -1) return undefined
    this.#extend.run(extension.keepLonger ? Math.max(expiresAt, live.expiresAt) : expiresAt, userId, path)
    return index
  }

  releaseLock([user, path, tokenHash]: [UserId, string, Uint8Array]): boolean {
    return this.#release.run(user, path, tokenHash).changes > 0
  }
}
