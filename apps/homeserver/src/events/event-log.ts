import type { EventRecord, Store } from '../store/store.ts'
import { END, resolveCursor } from './cursor.ts'
import { PUBLIC_PATHS } from './path-filter.ts'

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
    const after = text === undefined || cursor === '' ? 0 : await resolveCursor(this.#store, text)
    const walk = { userId: undefined, paths: PUBLIC_PATHS, order: 'ascending', after, before: END } as const
    return this.#store.events(walk, limit)
  }
}
