import { EVENT_COLUMNS, type EventRow, fromEventRow } from '../rows.ts'
import type { EventQuery, EventRecord } from '../store.ts'
import type { Connection } from './connection.ts'

/** Beyond every id that will ever be given. */
const END = Number.MAX_SAFE_INTEGER

/** Questions about the log, on one connection. */
export class EventReads {
  readonly #ascending
  readonly #descending
  readonly #latest
  readonly #before
  readonly #byId

  constructor(db: Connection) {
    this.#ascending = statements(db, 'ASC')
    this.#descending = statements(db, 'DESC')
    this.#latest = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM events').pluck()
    this.#before = db.prepare<[number], number | null>('SELECT max(id) FROM events WHERE id <= ?').pluck()
    this.#byId = db.prepare<[number], number>('SELECT at FROM events WHERE id = ?').pluck()
  }

  events(query: EventQuery): readonly EventRecord[] {
    const isAscending = query.order === 'ascending'
    const { public: ofPublic, all, ofUser, ofUserPublic } = isAscending ? this.#ascending : this.#descending
    const after = isAscending ? (query.from ?? 0) : 0
    const ceiling = query.upTo === undefined ? END : query.upTo + 1
    const before = isAscending ? ceiling : Math.min(query.from ?? END, ceiling)
    let rows: EventRow[]
    if (query.userId === undefined) {
      rows = (query.visibility === 'public' ? ofPublic : all).all(after, before, query.limit)
    } else if (query.visibility === 'public') {
      rows = ofUserPublic.all(query.userId, after, before, query.limit)
    } else {
      rows = ofUser.all(query.userId, after, before, query.userId, after, before, query.limit)
    }
    return rows.map(fromEventRow)
  }

  latestEventId(): number {
    return this.#latest.get() ?? 0
  }

  /** Times rise with ids, so halving the ids finds the one event of that time without an index. */
  eventIdAt(at: number): number | undefined {
    let low = 1
    let high = this.latestEventId()
    while (low <= high) {
      const middle = low + Math.floor((high - low) / 2)
      const id = this.#before.get(middle)
      if (id === null || id === undefined || id < low) {
        low = middle + 1
        continue
      }
      const time = this.#byId.get(id)
      if (time === undefined) return undefined
      if (time === at) return id
      if (time < at) low = middle + 1
      else high = id - 1
    }
    return undefined
  }
}

/** The four scans; each walks an index in id order and stops at the limit, whatever else the log holds. */
function statements(db: Connection, direction: 'ASC' | 'DESC') {
  const from = (index: string) =>
    `SELECT ${EVENT_COLUMNS} FROM events v ${index} CROSS JOIN users u ON u.id = v.user_id`
  const range = 'v.id > ? AND v.id < ?'
  const order = `ORDER BY v.id ${direction} LIMIT ?`
  const ofUser = (isPrivate: 0 | 1) =>
    `SELECT ${EVENT_COLUMNS} FROM events v INDEXED BY events_user CROSS JOIN users u ON u.id = v.user_id
     WHERE v.user_id = ? AND v.is_private = ${isPrivate} AND ${range}`
  return {
    all: db.prepare<[number, number, number], EventRow>(`${from('NOT INDEXED')} WHERE ${range} ${order}`).raw(),
    public: db
      .prepare<[number, number, number], EventRow>(
        `${from('INDEXED BY events_public')} WHERE v.is_private = 0 AND ${range} ${order}`,
      )
      .raw(),
    ofUserPublic: db.prepare<[number, number, number, number], EventRow>(`${ofUser(0)} ${order}`).raw(),
    ofUser: db
      .prepare<[number, number, number, number, number, number, number], EventRow>(
        `${ofUser(0)} UNION ALL ${ofUser(1)} ORDER BY 1 ${direction} LIMIT ?`,
      )
      .raw(),
  }
}
