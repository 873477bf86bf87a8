/** Data sealed at once, in bytes: bounds what one connection holds twice, and fits the CPU's cache. */
export const SLAB_DATA = 128 * 1024

/** Slabs kept for reuse in the whole process. */
const MAX_KEPT = 16

const kept: Buffer[] = []

/** A slab of at least `length` bytes. */
export function borrowSlab(length: number): Buffer {
  const slab = kept.pop()
  return slab && slab.length >= length ? slab : Buffer.allocUnsafeSlow(length)
}

/** Gives a slab back. Nobody may hold a view of it. */
export function returnSlab(slab: Buffer): void {
  if (kept.length < MAX_KEPT) kept.push(slab)
}
