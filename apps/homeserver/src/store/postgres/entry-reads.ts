import { afterDirectory, listRange, type PathRange } from '../list-range.ts'
import { ENTRY_COLUMNS, type EntryRow, fromEntryRow } from '../rows.ts'
import type { EntryRecord, EntryWithBody, ListedEntry, ListQuery, UserId } from '../store.ts'
import type { Database, Value } from './database.ts'
import { properAncestors } from './jobs.ts'

/** Questions about files. */
export class EntryReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async findEntry(user: UserId, path: string): Promise<EntryRecord | undefined> {
    const [row] = await this.#db.arrays<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM entries e WHERE e.user_id = $1 AND e.path = $2`,
      [user, path],
    )
    return row === undefined ? undefined : fromEntryRow(row)
  }

  /** One statement, so that entry and body are of one version. */
  async readEntry(user: UserId, path: string): Promise<EntryWithBody | undefined> {
    const [row] = await this.#db.arrays<[...EntryRow, Buffer | null]>(
      `SELECT ${ENTRY_COLUMNS}, b.bytes FROM entries e LEFT JOIN inline_bodies b ON b.entry_id = e.id
       WHERE e.user_id = $1 AND e.path = $2`,
      [user, path],
    )
    return row === undefined ? undefined : { entry: fromEntryRow(row), inlineBody: row[11] ?? undefined }
  }

  async collides(user: UserId, path: string): Promise<boolean> {
    const row = await this.#db.row<{ answer: boolean }>('SELECT collides($1, $2, $3) AS answer', [
      user,
      properAncestors(path),
      path,
    ])
    return row?.answer === true
  }

  async hasEntriesBelow(user: UserId, directory: string): Promise<boolean> {
    const row = await this.#db.row<object>(
      'SELECT 1 FROM entries WHERE user_id = $1 AND path > $2 AND path < $3 LIMIT 1',
      [user, directory, afterDirectory(directory)],
    )
    return row !== undefined
  }

  async listPaths(query: ListQuery): Promise<readonly string[]> {
    const range = listRange(query)
    if (range === undefined) return []
    const rows = query.shallow
      ? await this.#db.arrays<[path: string]>(
          'SELECT list_children($1, $2, $3, $4, $5, $6, $7, $8)',
          childrenOf(query, range),
        )
      : await this.#db.arrays<[path: string]>(walk('e.path', query.reverse), entriesIn(query, range))
    return rows.map(([path]) => path)
  }

  async listEntries(query: ListQuery): Promise<readonly ListedEntry[]> {
    const range = listRange(query)
    if (range === undefined) return []
    if (!query.shallow) {
      const rows = await this.#db.arrays<EntryRow>(walk(ENTRY_COLUMNS, query.reverse), entriesIn(query, range))
      return rows.map((row) => ({ path: row[1], entry: fromEntryRow(row) }))
    }
    const rows = await this.#db.arrays<[child: string, ...EntryRow] | [child: string, null]>(
      `SELECT c.child, ${ENTRY_COLUMNS}
       FROM list_children($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY AS c (child, place)
       LEFT JOIN entries e ON e.user_id = $1 AND e.path = c.child ORDER BY c.place`,
      childrenOf(query, range),
    )
    return rows.map((row) => {
      const [path, ...entry] = row
      return { path, entry: entry[0] === null ? undefined : fromEntryRow(entry as EntryRow) }
    })
  }

  async entryTotals(user: UserId): Promise<{ readonly entries: number; readonly contentBytes: number }> {
    const row = await this.#db.row<{ entries: number; bytes: number }>(
      'SELECT count(*) AS entries, coalesce(sum(content_length), 0)::bigint AS bytes FROM entries WHERE user_id = $1',
      [user],
    )
    return { entries: row?.entries ?? 0, contentBytes: row?.bytes ?? 0 }
  }

  async namedBlobs(blobIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#db.arrays<[blobId: string]>(
      'SELECT blob_id FROM entries WHERE NOT is_inline AND blob_id = ANY ($1)',
      [blobIds],
    )
    return new Set(rows.map(([blobId]) => blobId))
  }
}

/** Parameters of `list_children`. */
function childrenOf({ userId, directory, cursor, reverse, limit }: ListQuery, range: PathRange): Value[] {
  return [userId, directory, range.after, range.before, range.isInclusive, cursor ?? null, reverse, limit]
}

/** Parameters of {@link walk}. */
function entriesIn({ userId, limit }: ListQuery, range: PathRange): Value[] {
  return [userId, range.after, range.before, limit]
}

function walk(columns: string, isReverse: boolean): string {
  return `SELECT ${columns} FROM entries e WHERE e.user_id = $1 AND e.path > $2 AND e.path < $3
    ORDER BY e.path ${isReverse ? 'DESC' : 'ASC'} LIMIT $4`
}
