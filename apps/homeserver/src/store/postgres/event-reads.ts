import { EVENT_COLUMNS, type EventRow, fromEventRow } from '../rows.ts'
import type { EventQuery, EventRecord } from '../store.ts'
import type { Database, Value } from './database.ts'

/** Beyond every id that will ever be given. */
const END = Number.MAX_SAFE_INTEGER

/** Questions about the log. */
export class EventReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Each scan walks an index in id order and stops at the limit, whatever else the log holds. */
  async events(query: EventQuery): Promise<readonly EventRecord[]> {
    const isAscending = query.order === 'ascending'
    const after = isAscending ? (query.from ?? 0) : 0
    const ceiling = query.upTo === undefined ? END : query.upTo + 1
    const before = isAscending ? ceiling : Math.min(query.from ?? END, ceiling)
    const values: Value[] = [after, before, query.limit]
    if (query.userId !== undefined) values.push(query.userId)
    return (await this.#db.arrays<EventRow>(scan(query), values)).map(fromEventRow)
  }

  async latestEventId(): Promise<number> {
    const row = await this.#db.row<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM events', [])
    return row?.id ?? 0
  }

  async eventIdAt(at: number): Promise<number | undefined> {
    return (await this.#db.row<{ id: number | null }>('SELECT event_id_at($1) AS id', [at]))?.id ?? undefined
  }
}

function scan({ userId, visibility, order }: EventQuery): string {
  const direction = order === 'ascending' ? 'ASC' : 'DESC'
  const range = 'v.id > $1 AND v.id < $2'
  const page = `ORDER BY v.id ${direction} LIMIT $3`
  const log = `SELECT ${EVENT_COLUMNS} FROM events v JOIN users u ON u.id = v.user_id`
  if (userId === undefined)
    return `${log} WHERE ${range} ${visibility === 'public' ? 'AND NOT v.is_private' : ''} ${page}`
  const part = (isPrivate: boolean) =>
    `${log} WHERE v.user_id = $4 AND v.is_private = ${isPrivate} AND ${range} ${page}`
  if (visibility === 'public') return part(false)
  return `(${part(false)}) UNION ALL (${part(true)}) ORDER BY 1 ${direction} LIMIT $3`
}
