import { afterDirectory, listRange, type PathRange, skipFolders } from '../list-range.ts'
import { ENTRY_COLUMNS, type EntryRow, fromEntryRow } from '../rows.ts'
import type { EntryRecord, EntryWithBody, ListedEntry, ListQuery, UserId } from '../store.ts'
import { ENTRY_CHARGE } from '../write-rules.ts'
import type { Connection } from './connection.ts'

/** Questions about files, on one connection. */
export class EntryReads {
  readonly #db: Connection
  readonly #entry
  readonly #entryWithBody
  readonly #at
  readonly #below
  readonly #totals
  readonly #named
  readonly #paths
  readonly #entries

  constructor(db: Connection) {
    this.#db = db
    this.#entry = db
      .prepare<[number, string], EntryRow>(`SELECT ${ENTRY_COLUMNS} FROM entries e WHERE e.user_id = ? AND e.path = ?`)
      .raw()
    this.#entryWithBody = db
      .prepare<[number, string], [...EntryRow, Buffer | null]>(
        `SELECT ${ENTRY_COLUMNS}, e.inline_body FROM entries e WHERE e.user_id = ? AND e.path = ?`,
      )
      .raw()
    this.#at = db.prepare<[number, string], number>('SELECT 1 FROM entries WHERE user_id = ? AND path = ?').pluck()
    this.#below = db
      .prepare<[number, string, string], number>(
        'SELECT 1 FROM entries WHERE user_id = ? AND path > ? AND path < ? LIMIT 1',
      )
      .pluck()
    // Counted in the index, and what is in use is known: the rows hold the bodies.
    this.#totals = db.prepare<[number], { entries: number; used: number }>(
      'SELECT used_bytes AS used, (SELECT count(*) FROM entries WHERE user_id = u.id) AS entries FROM users u WHERE id = ?',
    )
    this.#named = db.prepare<[string], number>('SELECT 1 FROM entries WHERE is_inline = 0 AND blob_id = ?').pluck()
    this.#paths = { up: scan<string>(db, 'e.path', 'ASC'), down: scan<string>(db, 'e.path', 'DESC') }
    this.#entries = { up: scan<EntryRow>(db, ENTRY_COLUMNS, 'ASC'), down: scan<EntryRow>(db, ENTRY_COLUMNS, 'DESC') }
  }

  findEntry(user: UserId, path: string): EntryRecord | undefined {
    const row = this.#entry.get(user, path)
    return row === undefined ? undefined : fromEntryRow(row)
  }

  readEntry(user: UserId, path: string): EntryWithBody | undefined {
    const row = this.#entryWithBody.get(user, path)
    return row === undefined ? undefined : { entry: fromEntryRow(row), inlineBody: row[11] ?? undefined }
  }

  /** Probes each proper ancestor that can be a file, and one range: O(depth), whatever the user stores. */
  collides(user: UserId, path: string): boolean {
    // The first segment is one of the two roots, never a file.
    for (let slash = path.indexOf('/', path.indexOf('/', 1) + 1); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      if (this.#at.get(user, path.slice(0, slash)) !== undefined) return true
    }
    return this.hasEntriesBelow(user, `${path}/`)
  }

  hasEntriesBelow(user: UserId, directory: string): boolean {
    return this.#below.get(user, directory, afterDirectory(directory)) !== undefined
  }

  listPaths(query: ListQuery): readonly string[] {
    const range = listRange(query)
    if (range === undefined) return []
    const scan = query.reverse ? this.#paths.down : this.#paths.up
    if (!query.shallow) return scan(query.userId, range, query.limit)
    return skipFolders(
      query,
      range,
      (next, limit) => scan(query.userId, next, limit),
      (path) => path,
    ).map(({ path }) => path)
  }

  listEntries(query: ListQuery): readonly ListedEntry[] {
    const range = listRange(query)
    if (range === undefined) return []
    const scan = query.reverse ? this.#entries.down : this.#entries.up
    if (!query.shallow) {
      return scan(query.userId, range, query.limit).map((row) => ({ path: row[1], entry: fromEntryRow(row) }))
    }
    return skipFolders(
      query,
      range,
      (next, limit) => scan(query.userId, next, limit),
      (row) => row[1],
    ).map(({ path, row }) => ({ path, entry: row === undefined ? undefined : fromEntryRow(row) }))
  }

  entryTotals(user: UserId): { readonly entries: number; readonly contentBytes: number } {
    const { entries, used } = this.#totals.get(user) ?? { entries: 0, used: 0 }
    return { entries, contentBytes: Math.max(0, used - entries * ENTRY_CHARGE) }
  }

  namedBlobs(blobIds: readonly string[]): ReadonlySet<string> {
    const read = this.#db.transaction(() => blobIds.filter((id) => this.#named.get(id) !== undefined))
    return new Set(read())
  }
}

/** A walk over a range of one user's paths. One column is read bare, several as an array. */
function scan<Row>(
  db: Connection,
  columns: string,
  direction: 'ASC' | 'DESC',
): (user: UserId, range: PathRange, limit: number) => Row[] {
  // Bare variables for user and limit would make SQLite prepare the statement anew at each use: that costs as much as
  // walking the page.
  const prepare = (comparison: '>' | '>=') => {
    const statement = db.prepare<[number, string, string, number], Row>(
      `SELECT ${columns} FROM entries e INDEXED BY entries_user_path
       WHERE e.user_id = ? + 0 AND e.path ${comparison} ? AND e.path < ? ORDER BY e.path ${direction} LIMIT ? + 0`,
    )
    return columns.includes(',') ? statement.raw() : statement.pluck()
  }
  const exclusive = prepare('>')
  const inclusive = prepare('>=')
  return (user, range, limit) => (range.isInclusive ? inclusive : exclusive).all(user, range.after, range.before, limit)
}
