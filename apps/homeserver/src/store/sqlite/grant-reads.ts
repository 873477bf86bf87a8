import { MAX_LISTED_GRANTS } from '../grant-store.ts'
import { fromGrantRow, GRANT_COLUMNS, type GrantRow } from '../rows.ts'
import type { BearerRecord, GrantRecord, UserId } from '../store.ts'
import type { Connection } from './connection.ts'

/** Questions about grants and bearers, on one connection. */
export class GrantReads {
  readonly #grant
  readonly #live
  readonly #bearer

  constructor(db: Connection) {
    // Bare variables would make SQLite prepare a join anew at each use, which costs ten times the look-up: hence `+?`.
    const grants = `SELECT ${GRANT_COLUMNS} FROM grants g JOIN users u ON u.id = g.user_id AND u.deleted_at IS NULL`
    this.#grant = db.prepare<[string], GrantRow>(`${grants} WHERE g.id = +?`)
    this.#live = db.prepare<[number, number, number], GrantRow>(
      `${grants} WHERE g.user_id = ? AND g.revoked_at IS NULL AND g.expires_at > ?
       ORDER BY g.created_at DESC, g.id DESC LIMIT ?`,
    )
    this.#bearer = db.prepare<[Uint8Array], GrantRow & { bearer_expires_at: number }>(
      `SELECT ${GRANT_COLUMNS}, b.expires_at AS bearer_expires_at
       FROM bearers b JOIN grants g ON g.id = b.grant_id
       JOIN users u ON u.id = g.user_id AND u.deleted_at IS NULL WHERE b.token_hash = +?`,
    )
  }

  findGrant(id: string): GrantRecord | undefined {
    const row = this.#grant.get(id)
    return row === undefined ? undefined : fromGrantRow(row)
  }

  liveGrants(user: UserId, nowSeconds: number): readonly GrantRecord[] {
    return this.#live.all(user, nowSeconds, MAX_LISTED_GRANTS).map(fromGrantRow)
  }

  findBearer(tokenHash: Uint8Array): BearerRecord | undefined {
    const row = this.#bearer.get(tokenHash)
    return row === undefined ? undefined : { grant: fromGrantRow(row), expiresAtSeconds: row.bearer_expires_at }
  }
}
