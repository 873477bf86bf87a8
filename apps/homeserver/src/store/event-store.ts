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

/** Paths from `first` to `last`, both included, bytewise; either public (below `/pub/`) or private ones. */
export interface PathSpan {
  readonly isPrivate: boolean
  readonly first: string
  readonly last: string
}

/** A walk through the log: events with ids between `after` and `before`, both excluded. */
export interface EventWalk {
  /** One user, or undefined for everybody. */
  readonly userId: UserId | undefined
  readonly paths: PathSpan
  readonly order: 'ascending' | 'descending'
  readonly after: number
  readonly before: number
}

/** The log. */
export interface EventStore {
  /** The first `limit` events of a walk. */
  events(walk: EventWalk, limit: number): Promise<readonly EventRecord[]>
  /**
   * Id that a walk comes to when it has looked at `count` events, in or out of its span; undefined when it ends before.
   * A walk bounded by it costs what these events cost, however few of them are in the span.
   */
  eventIdAhead(walk: EventWalk, count: number): Promise<number | undefined>
  /** Id of the newest event, 0 when there is none. */
  latestEventId(): Promise<number>
  /** Id of the event whose time equals `at` exactly (legacy cursors). */
  eventIdAt(at: number): Promise<number | undefined>
}
