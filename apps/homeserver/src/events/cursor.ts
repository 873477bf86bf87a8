import { parseCursor, parseLegacyCursor } from '@pubky/protocol'
import { HomeserverError } from '../error.ts'
import type { Store } from '../store/store.ts'

/** Ids are given as numbers; a cursor beyond them lies behind every event there will ever be. */
export const END = Number.MAX_SAFE_INTEGER
const MAX_ID = 2n ** 63n - 1n
const DIGITS = /^\+?\d+$/

/**
 * The event id that a cursor text names (spec 02 §11.1): a decimal id, or the time of an event in the older form.
 * @throws HomeserverError `cursor-invalid`
 */
export async function resolveCursor(store: Store, text: string): Promise<number> {
  if (DIGITS.test(text)) {
    const id = decimal(text)
    if (id === undefined) throw invalidCursor(text)
    return id > BigInt(END) ? END : Number(id)
  }
  const at = parseLegacyCursor(text)
  const id = at === undefined || at > BigInt(END) ? undefined : await store.eventIdAt(Number(at))
  if (id === undefined) throw invalidCursor(text)
  return id
}

function decimal(text: string): bigint | undefined {
  try {
    const id = parseCursor(text)
    return id > MAX_ID ? undefined : id
  } catch {
    return undefined
  }
}

function invalidCursor(text: string): HomeserverError {
  return new HomeserverError('cursor-invalid', `Invalid cursor: ${text}`)
}
