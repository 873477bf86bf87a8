import type { EventRecord } from '../store/store.ts'

/** The public feed `GET /events/` (spec 02 §11.2). */
export class EventLog {
  /**
   * A page of public events of all users, oldest first.
   * @param cursor text of the query (may start with `pubky://`), undefined or empty = from the start
   * @throws HomeserverError `cursor-invalid`
   */
  publicEvents(_cursor: string | undefined, _limit: number): Promise<readonly EventRecord[]> {
    throw new Error('being written')
  }
}
