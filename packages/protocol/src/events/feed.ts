import { Resource } from '../storage/resource.ts'
import { type Cursor, parseCursor } from './cursor.ts'
import type { EventRecord, EventType } from './event.ts'

/** One line of the plain feed. */
export interface FeedEntry {
  readonly type: EventType
  readonly resource: Resource
}

/** What one answer of `GET /events/` holds. */
export interface Feed {
  readonly entries: readonly FeedEntry[]
  /** Where to go on; absent when the answer was empty. */
  readonly cursor?: Cursor
}

/** The body of `GET /events/` (spec 01 §9): no trailing new line, empty without events. */
export function formatFeed(events: readonly Pick<EventRecord, 'type' | 'entryKey' | 'cursor'>[]): string {
  const last = events.at(-1)
  if (!last) return ''
  const lines = events.map(({ type, entryKey }) => `${type} pubky://${entryKey}`)
  return [...lines, `cursor: ${last.cursor}`].join('\n')
}

/** Reverse of {@link formatFeed}. Lines that are neither event nor cursor are skipped. */
export function parseFeed(body: string): Feed {
  const entries: FeedEntry[] = []
  let cursor: Cursor | undefined
  for (const line of body.split('\n')) {
    if (line.startsWith('cursor: ')) {
      cursor = attempt(() => parseCursor(line.slice('cursor: '.length))) ?? cursor
      continue
    }
    const type = line.startsWith('PUT ') ? 'PUT' : line.startsWith('DEL ') ? 'DEL' : undefined
    const resource = type && attempt(() => Resource.parse(line.slice(4)))
    if (type && resource) entries.push({ type, resource })
  }
  return cursor === undefined ? { entries } : { entries, cursor }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
