import { ProtocolError } from '../errors.ts'
import { parseTimestamp, type Timestamp } from '../timestamp.ts'

/** Position in a homeserver's event log: an unsigned 64-bit event id (spec 01 §9). */
export type Cursor = bigint

const MAX_CURSOR = 2n ** 64n - 1n

/**
 * Reads a decimal cursor; a leading `+` and leading zeros are fine.
 * @throws ProtocolError `cursor`
 */
export function parseCursor(text: string): Cursor {
  // Twenty digits hold every cursor; the bound keeps the conversion cheap.
  const digits = /^\+?0*(\d{1,20})$/.exec(text)?.[1]
  const cursor = digits === undefined ? undefined : BigInt(digits)
  if (cursor === undefined || cursor > MAX_CURSOR) throw new ProtocolError('cursor', 'Invalid cursor')
  return cursor
}

/** The creation time that a cursor from before event ids stands for, or `undefined` (spec 01 §9). */
export function parseLegacyCursor(text: string): Timestamp | undefined {
  try {
    return parseTimestamp(text)
  } catch {
    return undefined
  }
}
