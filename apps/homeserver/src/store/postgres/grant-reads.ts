import { MAX_LISTED_GRANTS } from '../grant-store.ts'
import { fromGrantRow, GRANT_COLUMNS, type GrantRow } from '../rows.ts'
import type { BearerRecord, GrantRecord, UserId } from '../store.ts'
import type { Database } from './database.ts'

const GRANTS = `SELECT ${GRANT_COLUMNS} FROM grants g JOIN users u ON u.id = g.user_id AND u.deleted_at IS NULL`

/** Questions about grants and bearers. */
export class GrantReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async findGrant(id: string): Promise<GrantRecord | undefined> {
    const row = await this.#db.row<GrantRow>(`${GRANTS} WHERE g.id = $1`, [id])
    return row === undefined ? undefined : fromGrantRow(row)
  }

  async liveGrants(user: UserId, nowSeconds: number): Promise<readonly GrantRecord[]> {
    const rows = await this.#db.rows<GrantRow>(
      `${GRANTS} WHERE g.user_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2
       ORDER BY g.created_at DESC, g.id DESC LIMIT $3`,
      [user, nowSeconds, MAX_LISTED_GRANTS],
    )
    return rows.map(fromGrantRow)
  }

  async findBearer(tokenHash: Uint8Array): Promise<BearerRecord | undefined> {
    const row = await this.#db.row<GrantRow & { readonly bearer_expires_at: number }>(
      `SELECT ${GRANT_COLUMNS}, b.expires_at AS bearer_expires_at
       FROM bearers b JOIN grants g ON g.id = b.grant_id
       JOIN users u ON u.id = g.user_id AND u.deleted_at IS NULL WHERE b.token_hash = $1`,
      [tokenHash],
    )
    return row === undefined ? undefined : { grant: fromGrantRow(row), expiresAtSeconds: row.bearer_expires_at }
  }
}
