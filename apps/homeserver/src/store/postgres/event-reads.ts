import { EVENT_COLUMNS, type EventRow, fromEventRow } from '../rows.ts'
import type { EventRecord, EventWalk } from '../store.ts'
import type { Database } from './database.ts'

/** Questions about the log. */
export class EventReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async events(walk: EventWalk, limit: number): Promise<readonly EventRecord[]> {
    const { userId = null, paths, after, before } = walk
    const { condition, order } = scan(walk)
    const rows = await this.#db.arrays<EventRow>(
      `SELECT ${EVENT_COLUMNS} FROM events v JOIN users u ON u.id = v.user_id
       WHERE ${condition} AND v.path >= $5 AND v.path <= $6 ${order} LIMIT $4`,
      [after, before, userId, limit, paths.first, paths.last],
    )
    return rows.map(fromEventRow)
  }

  async eventIdAhead(walk: EventWalk, count: number): Promise<number | undefined> {
    const { userId = null, after, before } = walk
    const { condition, order } = scan(walk)
    const row = await this.#db.row<{ id: number }>(
      `SELECT v.id FROM events v WHERE ${condition} ${order} LIMIT 1 OFFSET $4`,
      [after, before, userId, count - 1],
    )
    return row?.id
  }

  async latestEventId(): Promise<number> {
    const row = await this.#db.row<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM events', [])
    return row?.id ?? 0
  }

  async eventIdAt(at: number): Promise<number | undefined> {
    return (await this.#db.row<{ id: number | null }>('SELECT event_id_at($1) AS id', [at]))?.id ?? undefined
  }
}

/** Each scan walks an index in id order and stops at the limit, whatever else the log holds. */
function scan({ userId, paths, order }: EventWalk): { readonly condition: string; readonly order: string } {
  const whose = userId === undefined ? '$3::bigint IS NULL' : 'v.user_id = $3'
  // No index holds the private events of everybody.
  const side = userId === undefined && paths.isPrivate ? 'true' : `v.is_private = ${paths.isPrivate}`
  return {
    condition: `v.id > $1 AND v.id < $2 AND ${whose} AND ${side}`,
    order: `ORDER BY v.id ${order === 'ascending' ? 'ASC' : 'DESC'}`,
  }
}
