/** Whether this runtime has IndexedDB at all. Some browsers whose user blocks storage throw at the mere question. */
export function hasIndexedDb(): boolean {
  try {
    return globalThis.indexedDB != null
  } catch {
    return false
  }
}
