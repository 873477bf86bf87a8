/** What a write of a file may and costs, the same on every database. */
import type { WriteCommit, WritePrecondition } from './store.ts'

/** Bookkeeping charge per entry (spec 02 §10.7). */
export const ENTRY_CHARGE = 256
const MEBIBYTE = 1_048_576
/** `storage_mb` of an explicit "unlimited". */
const UNLIMITED = -1

/**
 * What the write adds to its user's usage, or undefined when it would exceed the quota (spec 02 §10.7).
 * @param oldLength content length of the entry it replaces, undefined when there is none
 * @param storageMb the user's override as stored: null = the default, -1 = unlimited
 */
export function chargeOf(
  write: WriteCommit,
  oldLength: number | undefined,
  usedBytes: number,
  storageMb: number | null,
): number | undefined {
  const charge = write.contentLength - (oldLength ?? -ENTRY_CHARGE)
  const limit =
    storageMb === null ? write.defaultQuotaBytes : storageMb === UNLIMITED ? undefined : storageMb * MEBIBYTE
  const isOver = limit !== undefined && usedBytes + charge > 0 && usedBytes + charge > limit
  return isOver ? undefined : charge
}

/** RFC 9110 §13.1.1–13.1.2 with strong comparison; `etag` is undefined when there is no entry. */
export function isMet(precondition: WritePrecondition | undefined, etag: string | undefined): boolean {
  if (precondition === undefined) return true
  const { ifMatch, ifNoneMatch } = precondition
  if (ifMatch !== undefined) {
    if (etag === undefined) return false
    if (ifMatch !== '*' && !ifMatch.includes(etag)) return false
  }
  if (ifNoneMatch !== undefined && etag !== undefined) {
    if (ifNoneMatch === '*' || ifNoneMatch.includes(etag)) return false
  }
  return true
}
