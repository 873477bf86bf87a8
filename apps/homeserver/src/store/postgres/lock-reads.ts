import type { UserId } from '../store.ts'
import type { Database } from './database.ts'

/** Questions about locks. */
export class LockReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async findLock(user: UserId, path: string, now: number): Promise<Uint8Array | undefined> {
    const row = await this.#db.row<{ token_hash: Buffer }>(
      'SELECT token_hash FROM locks WHERE user_id = $1 AND path = $2 AND expires_at > $3',
      [user, path, now],
    )
    return row?.token_hash
  }
}
