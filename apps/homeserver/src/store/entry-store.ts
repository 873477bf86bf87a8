/** What a store keeps of files. */
import type { EventRecord } from './event-store.ts'
import type { UserId } from './user-id.ts'

/** What is known about a stored file without opening it. */
export interface EntryRecord {
  readonly id: number
  readonly path: string
  readonly contentLength: number
  readonly contentType: string
  /** Quoted strong validator, ready for the header. */
  readonly etag: string
  readonly createdAt: number
  readonly modifiedAt: number
  /** IMF-fixdate of `modifiedAt`, ready for the header. */
  readonly lastModified: string
  readonly body: BodyReference
}

/** Where and how the bytes of an entry are kept. */
export interface BodyReference {
  /** 32 hex digits: the blob id of spec 03 §16.4, unique over all bodies ever stored. */
  readonly blobId: string
  /** Inline with its row, or an object of the blob back end. */
  readonly place: 'inline' | 'blob'
  /** Generation of the user key the body is sealed with; 0 = not sealed. */
  readonly keyGeneration: number
}

/** An entry together with its inline body, both of one version. */
export interface EntryWithBody {
  readonly entry: EntryRecord
  /** The stored (sealed) bytes when `entry.body.place` is `inline`. */
  readonly inlineBody: Uint8Array | undefined
}

/** RFC 9110 preconditions of a write: lists of quoted tags, or `*`. */
export interface WritePrecondition {
  readonly ifMatch?: '*' | readonly string[]
  readonly ifNoneMatch?: '*' | readonly string[]
}

/** A finished upload, to be made visible. */
export interface WriteCommit {
  readonly userId: UserId
  readonly path: string
  readonly contentLength: number
  readonly contentType: string
  /** The content's hash in standard base64, quoted. */
  readonly etag: string
  readonly modifiedAt: number
  readonly lastModified: string
  readonly body: BodyReference
  /** Stored (sealed) bytes for place `inline`. */
  readonly inlineBody: Uint8Array | undefined
  /** Limit for users without an override, in bytes; `undefined` = none. */
  readonly defaultQuotaBytes: number | undefined
  /** SHA-256 of the lock token the writer presented; the lock must still be live at `now` (spec 02 §10.12.5). */
  readonly lockTokenHash: Uint8Array | undefined
  readonly precondition: WritePrecondition | undefined
  /** The operator writes for disabled users too. */
  readonly evenIfDisabled: boolean
  readonly now: number
}

/** Outcome of {@link EntryStore.commitWrite}. */
export type CommitWriteOutcome =
  | { readonly outcome: 'written'; readonly event: EventRecord; readonly orphan: string | undefined }
  | {
      readonly outcome:
        | 'user-unknown'
        | 'user-disabled'
        | 'lock-lost'
        | 'collision'
        | 'over-quota'
        | 'precondition-failed'
    }

/** A delete to be made. */
export interface DeleteCommit {
  readonly userId: UserId
  readonly path: string
  readonly lockTokenHash: Uint8Array | undefined
  readonly precondition: WritePrecondition | undefined
  readonly now: number
}

/** Outcome of {@link EntryStore.commitDelete}. */
export type CommitDeleteOutcome =
  | { readonly outcome: 'deleted'; readonly event: EventRecord; readonly orphan: string | undefined }
  | { readonly outcome: 'entry-unknown' | 'lock-lost' | 'precondition-failed' }

/** Query of the listing methods. Order is by UTF-8 bytes of the path (spec 02 §10.8). */
export interface ListQuery {
  readonly userId: UserId
  /** Absolute, ends with `/`. */
  readonly directory: string
  /** Strictly after (before, with `reverse`) this path. */
  readonly cursor: string | undefined
  readonly reverse: boolean
  readonly shallow: boolean
  readonly limit: number
}

/** A listed file, or with `shallow` also a folder (its path ends with `/` and it has no entry). */
export interface ListedEntry {
  readonly path: string
  readonly entry: EntryRecord | undefined
}

/** Files. */
export interface EntryStore {
  findEntry(user: UserId, path: string): Promise<EntryRecord | undefined>
  readEntry(user: UserId, path: string): Promise<EntryWithBody | undefined>
  /** Whether the user has an entry at a proper ancestor of `path` or below it (spec 02 §10.5). */
  collides(user: UserId, path: string): Promise<boolean>
  /** Whether anything lies below the directory. */
  hasEntriesBelow(user: UserId, directory: string): Promise<boolean>
  /** Paths only: the wire form of a listing needs no more. */
  listPaths(query: ListQuery): Promise<readonly string[]>
  listEntries(query: ListQuery): Promise<readonly ListedEntry[]>
  /** Live entries of a user: how many and their total content length. */
  entryTotals(user: UserId): Promise<{ readonly entries: number; readonly contentBytes: number }>

  /** Lock, preconditions, collision, quota, then entry + event + usage, all or nothing (spec 02 §14.1). */
  commitWrite(write: WriteCommit): Promise<CommitWriteOutcome>
  /** The same for a delete. */
  commitDelete(deletion: DeleteCommit): Promise<CommitDeleteOutcome>

  /** Which of these blob ids an entry names (for the sweeper). */
  namedBlobs(blobIds: readonly string[]): Promise<ReadonlySet<string>>
}
