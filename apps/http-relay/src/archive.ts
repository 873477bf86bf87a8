import type { Entry } from './entry.ts'

/**
 * Where entries survive a restart. The mailbox keeps every live entry in memory and tells the archive what happens;
 * each promise resolves once that is on stable storage, and rejects if it is not.
 */
export interface Archive {
  /** All entries that do not expire before `now`, oldest first. Called once, before anything else. */
  load(now: number): readonly Entry[]
  /** Stores an entry in place of one with the same id, and forgets the evicted id. */
  store(entry: Entry, evicted: string | undefined): Promise<void>
  /** Empties the body and marks the entry as acknowledged. */
  acknowledge(id: string): Promise<void>
  /** Forgets entries. */
  remove(ids: readonly string[]): Promise<void>
  /** Writes what is pending and closes. Closing twice is fine. */
  close(): Promise<void>
}

/** The default: nothing survives. */
export const noArchive: Archive = {
  load: () => [],
  store: async () => {},
  acknowledge: async () => {},
  remove: async () => {},
  close: async () => {},
}
