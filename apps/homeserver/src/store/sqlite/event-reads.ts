import { EVENT_COLUMNS, type EventRow, fromEventRow } from '../rows.ts'
import type { EventRecord, EventWalk } from '../store.ts'
import type { Connection } from './connection.ts'

/** Questions about the log, on one connection. */
export class EventReads {
  readonly #ascending
  readonly #descending
  readonly #latest
  readonly #before
  readonly #byId

  constructor(db: Connection) {
    this.#ascending = scans(db, 'ASC')
    this.#descending = scans(db, 'DESC')
    this.#latest = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM events').pluck()
    this.#before = db.prepare<[number], number | null>('SELECT max(id) FROM events WHERE id <= ?').pluck()
    this.#byId = db.prepare<[number], number>('SELECT at FROM events WHERE id = ?').pluck()
  }

  events(walk: EventWalk, limit: number): readonly EventRecord[] {
    return this.#scan(walk)
      .page.all({ ...boundsOf(walk), limit })
      .map(fromEventRow)
  }

  eventIdAhead(walk: EventWalk, count: number): number | undefined {
    return this.#scan(walk).ahead.get({ ...boundsOf(walk), skipped: count - 1 })
  }

  #scan({ userId, paths, order }: EventWalk) {
    const { ofUser, ofPublic, ofAll } = order === 'ascending' ? this.#ascending : this.#descending
    if (userId !== undefined) return ofUser
    return paths.isPrivate ? ofAll : ofPublic
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

/** Values of a walk in the statements below. */
type Bounds = ReturnType<typeof boundsOf>

function boundsOf({ userId, paths, after, before }: EventWalk) {
  return { user: userId, side: paths.isPrivate ? 1 : 0, first: paths.first, last: paths.last, after, before }
}

/**
 * The scans: each walks an index in id order and stops at the limit, whatever else the log holds. SQLite prepares a
 * statement anew at each use if a user or a limit is a bare variable, which costs a fifth of a page.
 */
function scans(db: Connection, direction: 'ASC' | 'DESC') {
  const scan = (index: string, condition: string) => {
    const walk = `v.id > $after AND v.id < $before AND ${condition}`
    const order = `ORDER BY v.id ${direction}`
    return {
      page: db
        .prepare<[Bounds & { readonly limit: number }], EventRow>(
          `SELECT ${EVENT_COLUMNS} FROM events v ${index} CROSS JOIN users u ON u.id = v.user_id
           WHERE ${walk} AND v.path >= $first AND v.path <= $last ${order} LIMIT $limit + 0`,
        )
        .raw(),
      ahead: db
        .prepare<[Bounds & { readonly skipped: number }], number>(
          `SELECT v.id FROM events v ${index} WHERE ${walk} ${order} LIMIT 1 OFFSET $skipped + 0`,
        )
        .pluck(),
    }
  }
  return {
    ofUser: scan('INDEXED BY events_user', 'v.user_id = $user + 0 AND v.is_private = $side + 0'),
    ofPublic: scan('INDEXED BY events_public', 'v.is_private = 0'),
    ofAll: scan('NOT INDEXED', 'true'),
  }
}
