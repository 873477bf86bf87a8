import type { EventRecord, Store } from '../store/store.ts'
import { resolveCursor } from './cursor.ts'

const SCHEME = 'pubky://'

/** The public feed `GET /events/` (spec 02 §11.2). */
export class EventLog {
  readonly #store: Store

  constructor(components: { readonly store: Store }) {
    this.#store = components.store
  }

  /**
   * A page of public events of all users, oldest first.
   * @param cursor text of the query (may start with `pubky://`), undefined or empty = from the start
   * @throws HomeserverError `cursor-invalid`
   */
  async publicEvents(cursor: string | undefined, limit: number): Promise<readonly EventRecord[]> {
    const text = cursor?.startsWith(SCHEME) === true ? cursor.slice(SCHEME.length) : cursor
    const from = text === undefined || cursor === '' ? 0 : await resolveCursor(this.#store, text)
    return this.#store.events({
      userId: undefined,
      visibility: 'public',
      order: 'ascending',
      from,
      upTo: undefined,
      limit,
    })
  }
}
