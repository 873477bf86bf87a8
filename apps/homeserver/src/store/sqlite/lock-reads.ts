import type { UserId } from '../store.ts'
import type { Connection } from './connection.ts'

/** Questions about locks, on one connection. */
export class LockReads {
  readonly #lock
  readonly #latest

  constructor(db: Connection) {
    this.#lock = db
      .prepare<[number, string, number], [tokenHash: Buffer, expiresAt: number]>(
        'SELECT token_hash, expires_at FROM locks WHERE user_id = ? AND path = ? AND expires_at > ?',
      )
      .raw()
    this.#latest = db.prepare<[], number>('SELECT coalesce(max(expires_at), 0) FROM locks').pluck()
  }

  /** When the last of all locks ends; 0 when there is none. */
  latestExpiry(): number {
    return this.#latest.get() ?? 0
  }

  findLock(user: UserId, path: string, now: number): Uint8Array | undefined {
    return this.#lock.get(user, path, now)?.[0]
  }

  findLockWithExpiry(
    user: UserId,
    path: string,
    now: number,
  ): { readonly tokenHash: Uint8Array; readonly expiresAt: number } | undefined {
    const row = this.#lock.get(user, path, now)
    return row === undefined ? undefined : { tokenHash: row[0], expiresAt: row[1] }
  }
}
