import type { Session } from '../accounts/session.ts'
import type { EntryRecord, WritePrecondition } from '../store/store.ts'
import type { CachedFile } from './file-cache.ts'

/** A file opened for reading: one version, whatever happens to the path meanwhile. */
export interface OpenFile {
  readonly entry: EntryRecord
  /** The whole body, when it was small enough to be at hand. */
  readonly bytes: Uint8Array | undefined
  /**
   * The body, or the bytes from `start` to `end` (exclusive), in chunks of up to 256 KiB, each verified before it is
   * yielded. Closes the file at its end, on `return()` and on abort.
   * @throws HomeserverError `body-corrupt` (nothing of the bad chunk is yielded)
   */
  stream(signal: AbortSignal, start?: number, end?: number): AsyncIterable<Uint8Array>
  /** Closes without reading. Not needed after {@link stream}. */
  close(): Promise<void>
}

/** Who writes what where. */
export interface WriteRequest {
  readonly session: Session | undefined
  /** Canonical z32. */
  readonly tenant: string
  /** Normalised, file-shaped. */
  readonly path: string
  /** From the header; undefined when absent or unparsable. */
  readonly contentLength: number | undefined
  /** Tokens presented in `If` (spec 02 §10.12.2), without `opaquelocktoken:`. */
  readonly lockTokens: readonly string[]
  readonly precondition?: WritePrecondition
}

/** What a finished write left behind. */
export interface WrittenFile {
  readonly etag: string
  readonly lastModified: string
  readonly eventId: number
}

/** An upload that passed the checks before the body. End it with `commit` or `abort`; `abort` after either is fine. */
export interface Upload {
  /**
   * Takes the next chunk; a promise means: wait before the next one. The chunk must not change afterwards.
   * @throws HomeserverError `quota-exceeded`, `object-too-large`, `disk-full`, `storage-failed`
   */
  write(chunk: Uint8Array): Promise<void> | void
  /**
   * Makes the file visible; runs to its end whatever the client does.
   * @throws HomeserverError `lock-lost`, `path-collision`, `quota-exceeded`, `user-disabled`, `user-unknown`,
   *   `precondition-failed`, `disk-full`, `storage-failed`
   */
  commit(): Promise<WrittenFile>
  /** Drops everything received; the previous file stays. */
  abort(): Promise<void>
}

/** Who deletes what. */
export interface DeleteRequest {
  readonly session: Session | undefined
  readonly tenant: string
  readonly path: string
  readonly lockTokens: readonly string[]
  readonly precondition?: WritePrecondition
}

/** A page of a listing, asked for with values as they came in the query (already form-decoded). */
export interface ListRequest {
  readonly tenant: string
  /** Normalised, ends with `/`. */
  readonly directory: string
  /** 0…1000. */
  readonly limit: number
  /** Cursor text; undefined or empty = from the start. */
  readonly cursor: string | undefined
  readonly reverse: boolean
  readonly shallow: boolean
}

/** A line of a listing with metadata; folders (only with `shallow`) have no `entry`. */
export interface ListedFile {
  readonly path: string
  readonly entry: EntryRecord | undefined
}

/** Files of users: write, read, list, delete (spec 02 §10). */
export class Files {
  /** A small public file from memory, ready to be sent; no I/O. Public paths only. */
  cached(_tenant: string, _path: string): CachedFile | undefined {
    throw new Error('being written')
  }

  /** What is known of the file, for conditional requests and HEAD; undefined = no such entry (or user). */
  find(_tenant: string, _path: string): Promise<EntryRecord | undefined> {
    throw new Error('being written')
  }

  /** Opens the file; the caller has authorised. @throws HomeserverError `entry-unknown`, `body-corrupt` */
  open(_tenant: string, _path: string, _signal: AbortSignal): Promise<OpenFile> {
    throw new Error('being written')
  }

  /**
   * Checks 5–11 of spec 02 §10.4 in order, then hands out the upload.
   * @throws HomeserverError `no-session`, `write-outside-roots`, `wrong-tenant`, `write-not-granted`, `user-unknown`,
   *   `user-disabled`, `quota-exceeded`, `disk-full`, `resource-locked`, `lock-lost`, `write-path-not-allowed`,
   *   `path-collision`, `precondition-failed`, `object-too-large`
   */
  beginWrite(_request: WriteRequest, _signal: AbortSignal): Promise<Upload> {
    throw new Error('being written')
  }

  /** {@link beginWrite}, one chunk, commit: for bodies already in memory. */
  write(_request: WriteRequest, _body: Uint8Array, _signal: AbortSignal): Promise<WrittenFile> {
    throw new Error('being written')
  }

  /**
   * Deletes (spec 02 §10.11).
   * @throws HomeserverError as authorisation, `user-unknown`, `resource-locked`, `lock-lost`, `entry-unknown`,
   *   `write-path-not-allowed`, `precondition-failed`
   */
  delete(_request: DeleteRequest): Promise<void> {
    throw new Error('being written')
  }

  /**
   * Paths of a page; the caller has authorised (spec 02 §10.8).
   * @throws HomeserverError `directory-unknown`, `cursor-invalid`
   */
  list(_request: ListRequest): Promise<readonly string[]> {
    throw new Error('being written')
  }

  /** The same page with metadata. @throws HomeserverError `directory-unknown`, `cursor-invalid` */
  listWithMetadata(_request: ListRequest): Promise<readonly ListedFile[]> {
    throw new Error('being written')
  }

  /**
   * The operator writes (WebDAV): quota and collisions hold, disabled users and allowed paths do not; locks hold
   * unless overridden. @throws HomeserverError as {@link beginWrite} without session codes
   */
  beginOperatorWrite(
    _tenant: string,
    _path: string,
    _options: { readonly overrideLocks: boolean; readonly contentLength: number | undefined },
    _signal: AbortSignal,
  ): Promise<Upload> {
    throw new Error('being written')
  }

  /**
   * The operator deletes one file (spec 03 §2.9); locks are not consulted when overridden.
   * @throws HomeserverError `user-unknown`, `entry-unknown`, `resource-locked`
   */
  operatorDelete(_tenant: string, _path: string, _options: { readonly overrideLocks: boolean }): Promise<void> {
    throw new Error('being written')
  }
}
