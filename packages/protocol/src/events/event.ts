import { base64Decode } from '@pubky/crypto'
import { Resource } from '../storage/resource.ts'
import { type Cursor, parseCursor } from './cursor.ts'

/** Created or overwritten; deleted. */
export type EventType = 'PUT' | 'DEL'

/** An event as a server emits it. */
export interface EventRecord {
  readonly type: EventType
  /** z-base-32 of the owner and the decoded path, as `Resource.entryKey` gives them. */
  readonly entryKey: string
  readonly cursor: Cursor
  /** BLAKE3 of the content, 32 bytes; for PUT only. */
  readonly contentHash?: Uint8Array
}

/** An event as a client receives it. */
export type StorageEvent =
  | { readonly type: 'PUT'; readonly resource: Resource; readonly cursor: Cursor; readonly contentHash: Uint8Array }
  | { readonly type: 'DEL'; readonly resource: Resource; readonly cursor: Cursor }

const CURSOR_PREFIX = 'cursor: '
const HASH_PREFIX = 'content_hash: '

/**
 * The event in the type and data of one SSE message, or `undefined` for anything else: clients skip what they do not
 * know and keep the stream (spec 01 §9).
 */
export function decodeEvent(type: string, data: string): StorageEvent | undefined {
  if (type !== 'PUT' && type !== 'DEL') return undefined
  const lines = data.split('\n')
  const path = lines[0]
  const cursorText = lineValue(lines, CURSOR_PREFIX)
  if (path === undefined || path.startsWith(CURSOR_PREFIX) || path.startsWith(HASH_PREFIX)) return undefined
  if (cursorText === undefined) return undefined
  try {
    const resource = Resource.parse(path)
    const cursor = parseCursor(cursorText)
    if (type === 'DEL') return { type, resource, cursor }
    const contentHash = base64Decode(lineValue(lines, HASH_PREFIX) ?? '')
    return contentHash.length === 32 ? { type, resource, cursor, contentHash } : undefined
  } catch {
    return undefined
  }
}

function lineValue(lines: readonly string[], prefix: string): string | undefined {
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length)
}
