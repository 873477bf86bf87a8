/** What a store keeps of the event log. */
import type { UserId } from './user-id.ts'

/** One line of the log (spec 02 §11.1). Ids rise in commit order. */
export interface EventRecord {
  readonly id: number
  readonly type: 'PUT' | 'DEL'
  readonly userId: UserId
  /** z32. */
  readonly user: string
  readonly path: string
  /** BLAKE3-256 of the content as standard base64 with padding; undefined for `DEL`. */
  readonly contentHash: string | undefined
  readonly at: number
}

/** Query of {@link EventStore.events}: ids in (after, upTo], or with `reverse` in [.., before). */
export interface EventQuery {
  /** One user, or undefined for everybody. */
  readonly userId: UserId | undefined
  /** `public`: paths below `/pub/` only. */
  readonly visibility: 'public' | 'all'
  readonly order: 'ascending' | 'descending'
  /** Strictly after (`ascending`) or before (`descending`) this id; undefined = from the respective end. */
  readonly from: number | undefined
  /** Highest id to return; ids committed later stay for the live phase. */
  readonly upTo: number | undefined
  readonly limit: number
}

/** The log. */
export interface EventStore {
  events(query: EventQuery): Promise<readonly EventRecord[]>
  /** Id of the newest event, 0 when there is none. */
  latestEventId(): Promise<number>
  /** Id of the event whose time equals `at` exactly (legacy cursors). */
  eventIdAt(at: number): Promise<number | undefined>
}
