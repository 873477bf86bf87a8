import type { ListQuery } from './store.ts'

/** Paths strictly between `after` and `before`, or with `isInclusive` from `after` itself. */
export interface PathRange {
  readonly after: string
  readonly before: string
  readonly isInclusive: boolean
}

/** Rows fetched at a time while grouping folders; a folder that fills them is jumped over. */
const SHALLOW_BATCH = 64

/** The bound just behind everything below `directory` (`0` follows `/` in ASCII). */
export function afterDirectory(directory: string): string {
  return `${directory.slice(0, -1)}0`
}

/** The range a listing walks, or undefined when its cursor leaves nothing. */
export function listRange(query: ListQuery): PathRange | undefined {
  const { directory, cursor, reverse, shallow } = query
  const end = afterDirectory(directory)
  if (query.limit === 0) return undefined
  if (cursor === undefined) return { after: directory, before: end, isInclusive: false }
  if (!cursor.startsWith(directory) || cursor === directory) {
    // Outside of the directory: everything or nothing lies beyond the cursor.
    const isBefore = Buffer.compare(Buffer.from(cursor), Buffer.from(directory)) <= 0
    return isBefore === reverse ? undefined : { after: directory, before: end, isInclusive: false }
  }
  if (!reverse) return { after: cursor, before: end, isInclusive: false }
  // Going down from inside a folder, the folder itself still lies before the cursor.
  const folder = shallow ? childOf(directory, cursor) : cursor
  const before = folder !== cursor ? afterDirectory(folder) : cursor
  return { after: directory, before, isInclusive: false }
}

/** The immediate child of `directory` that holds or is `path`; a folder ends with `/`. */
function childOf(directory: string, path: string): string {
  const slash = path.indexOf('/', directory.length)
  return slash === -1 ? path : path.slice(0, slash + 1)
}

/**
 * Groups a walk into immediate children. Cost follows the page, not the tree: a folder is left by seeking past it.
 */
export function skipFolders<Row>(
  query: ListQuery,
  start: PathRange,
  scan: (range: PathRange, limit: number) => Row[],
  pathOf: (row: Row) => string,
): { readonly path: string; readonly row: Row | undefined }[] {
  const found: { path: string; row: Row | undefined }[] = []
  let range = start
  for (;;) {
    const batch = Math.min(SHALLOW_BATCH, query.limit - found.length + 1)
    const rows = scan(range, batch)
    let folder: string | undefined
    for (const row of rows) {
      const path = pathOf(row)
      if (folder !== undefined && path.startsWith(folder)) continue
      const child = childOf(query.directory, path)
      folder = child === path ? undefined : child
      // Going up from inside a folder, the folder itself lies before the cursor and was listed on an earlier page.
      const isListed = folder !== undefined && !query.reverse && query.cursor?.startsWith(folder) === true
      if (!isListed) found.push({ path: child, row: folder === undefined ? row : undefined })
      if (found.length === query.limit) return found
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch) return found
    range = beyond(range, folder ?? pathOf(last), query.reverse)
  }
}

/** What is left of `range` behind a file or a whole folder. */
function beyond(range: PathRange, child: string, isReverse: boolean): PathRange {
  if (isReverse) return { ...range, before: child }
  return child.endsWith('/')
    ? { after: afterDirectory(child), before: range.before, isInclusive: true }
    : { after: child, before: range.before, isInclusive: false }
}
