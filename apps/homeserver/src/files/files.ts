import type { Session } from '../accounts/session.ts'
import type { User, Users } from '../accounts/users.ts'
import type { Bodies } from '../blobs/bodies.ts'
import type { CoreLog } from '../core-log.ts'
import { HomeserverError } from '../error.ts'
import { release } from '../release.ts'
import type { EntryRecord, ListQuery, Store, WritePrecondition } from '../store/store.ts'
import type { CachedFile, FileCache } from './file-cache.ts'
import { SMALL_BODY_BYTES } from './file-cache.ts'
import type { Upload, WrittenFile } from './file-upload.ts'
import type { FileWrites } from './file-writes.ts'
import { parseListCursor } from './list-cursor.ts'
import type { ListingCache } from './listing-cache.ts'
import { inMemory, type OpenFile, onDisk, readWhole } from './open-file.ts'

export type { Upload, WrittenFile } from './file-upload.ts'
export type { OpenFile } from './open-file.ts'

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

/** How often a file that is replaced while it is being opened is looked up again. */
const OPEN_ATTEMPTS = 5

/** Files of users: write, read, list, delete (spec 02 §10). */
export class Files {
  readonly #store: Store
  readonly #users: Users
  readonly #bodies: Bodies
  readonly #cache: FileCache
  readonly #listings: ListingCache
  readonly #writes: FileWrites
  readonly #log: CoreLog

  constructor(components: {
    readonly store: Store
    readonly users: Users
    readonly bodies: Bodies
    readonly cache: FileCache
    readonly listings: ListingCache
    readonly writes: FileWrites
    readonly log: CoreLog
  }) {
    this.#store = components.store
    this.#users = components.users
    this.#bodies = components.bodies
    this.#cache = components.cache
    this.#listings = components.listings
    this.#writes = components.writes
    this.#log = components.log
  }

  /** A public file from memory, ready to be sent; no I/O. At most 1 MiB, and only what was asked for lately. */
  cached(tenant: string, path: string): CachedFile | undefined {
    return this.#cache.get(tenant + path)
  }

  /** What is known of the file, for conditional requests and HEAD; undefined = no such entry (or user). */
  async find(tenant: string, path: string): Promise<EntryRecord | undefined> {
    const user = this.#users.cached(tenant) ?? (await this.#users.find(tenant))
    return user === undefined ? undefined : this.#store.findEntry(user.id, path)
  }

  /** Opens the file; the caller has authorised. @throws HomeserverError `entry-unknown`, `body-corrupt` */
  async open(tenant: string, path: string, signal: AbortSignal): Promise<OpenFile> {
    const user = this.#users.cached(tenant) ?? (await this.#users.find(tenant))
    if (user === undefined) throw entryUnknown()
    try {
      return await this.#open(user, path, signal)
    } catch (error) {
      this.#tellDamage(tenant, path, error)
      throw error
    }
  }

  /**
   * Checks 5–11 of spec 02 §10.4 in order, then hands out the upload.
   * @throws HomeserverError `no-session`, `write-outside-roots`, `wrong-tenant`, `write-not-granted`, `user-unknown`,
   *   `user-disabled`, `quota-exceeded`, `disk-full`, `resource-locked`, `lock-lost`, `write-path-not-allowed`,
   *   `path-collision`, `precondition-failed`, `object-too-large`
   */
  beginWrite(request: WriteRequest, signal: AbortSignal): Promise<Upload> {
    return this.#writes.begin(request, signal)
  }

  /** {@link beginWrite}, one chunk, commit: for bodies already in memory. */
  write(request: WriteRequest, body: Uint8Array, signal: AbortSignal): Promise<WrittenFile> {
    return this.#writes.write(request, body, signal)
  }

  /**
   * Deletes (spec 02 §10.11).
   * @throws HomeserverError as authorisation, `user-unknown`, `resource-locked`, `lock-lost`, `entry-unknown`,
   *   `write-path-not-allowed`, `precondition-failed`
   */
  delete(request: DeleteRequest): Promise<void> {
    return this.#writes.delete(request)
  }

  /**
   * Paths of a page; the caller has authorised (spec 02 §10.8).
   * @throws HomeserverError `directory-unknown`, `cursor-invalid`
   */
  list(request: ListRequest): Promise<readonly string[]> {
    return this.#list(request, (query) => this.#store.listPaths(query))
  }

  /**
   * The wire form of the page: `pubky://<owner><path>` lines with decoded paths, no trailing new line. The text has one
   * character per byte of UTF-8. No promise when the page is in memory.
   * @throws HomeserverError `directory-unknown`, `cursor-invalid`
   */
  listText(request: ListRequest): string | Promise<string> {
    const { tenant, directory, cursor = '', limit, reverse, shallow } = request
    const key = `${limit}${reverse ? '-' : '+'}${shallow ? '/' : '.'}${directory.length} ${directory}${cursor}`
    return this.#listings.get(tenant, key) ?? this.#readText(request, key)
  }

  /** The same page with metadata. @throws HomeserverError `directory-unknown`, `cursor-invalid` */
  listWithMetadata(request: ListRequest): Promise<readonly ListedFile[]> {
    return this.#list(request, (query) => this.#store.listEntries(query))
  }

  /**
   * The operator writes (WebDAV): quota and collisions hold, disabled users and allowed paths do not; locks hold
   * unless overridden. @throws HomeserverError as {@link beginWrite} without session codes
   */
  beginOperatorWrite(
    tenant: string,
    path: string,
    options: { readonly overrideLocks: boolean; readonly contentLength: number | undefined },
    signal: AbortSignal,
  ): Promise<Upload> {
    return this.#writes.beginForOperator(tenant, path, options, signal)
  }

  /**
   * The operator deletes one file (spec 03 §2.9); locks are not consulted when overridden.
   * @throws HomeserverError `user-unknown`, `entry-unknown`, `resource-locked`
   */
  operatorDelete(tenant: string, path: string, options: { readonly overrideLocks: boolean }): Promise<void> {
    return this.#writes.deleteForOperator(tenant, path, options)
  }

  async #open(user: User, path: string, signal: AbortSignal): Promise<OpenFile> {
    const key = user.publicKey + path
    const isPublic = path.startsWith('/pub/')
    for (let attempt = 1; ; attempt += 1) {
      const load = this.#cache.begin(key)
      let loaded: CachedFile | undefined
      try {
        const found = await this.#store.readEntry(user.id, path)
        if (found === undefined) throw entryUnknown()
        const { entry, inlineBody } = found
        if (inlineBody !== undefined) {
          const opened = this.#bodies.openInline(user, entry, inlineBody)
          const body = opened instanceof Promise ? await opened : opened
          if (body !== inlineBody) release(inlineBody)
          const isKept = isPublic && (body.length <= SMALL_BODY_BYTES || this.#cache.isPopular(key, entry))
          if (isKept) loaded = { entry, body, prepared: undefined }
          return inMemory(entry, body)
        }
        const opened = await this.#bodies.open(user, entry, signal)
        if (opened !== undefined) {
          if (!isPublic || load.isReadWhole || !this.#cache.isPopular(key, entry)) {
            return onDisk(entry, opened, (error) => this.#tellDamage(user.publicKey, path, error))
          }
          load.isReadWhole = true
          const body = await readWhole(opened, entry.contentLength, signal)
          loaded = { entry, body, prepared: undefined }
          return inMemory(entry, body)
        }
        // Replaced or deleted between the row and the blob; the row is looked up again.
        if (attempt === OPEN_ATTEMPTS) {
          this.#log.error({ user: user.publicKey, path }, 'the body of a stored file is missing')
          throw entryUnknown()
        }
      } finally {
        this.#cache.finish(key, load, loaded)
      }
    }
  }

  /** What is damaged must be named, private or not: only who knows the file can mend it. */
  #tellDamage(user: string, path: string, error: unknown): void {
    if (!(error instanceof HomeserverError) || error.code !== 'body-corrupt') return
    this.#log.error({ user, path, cause: error.message }, 'a stored file is damaged')
  }

  async #readText(request: ListRequest, key: string): Promise<string> {
    const { tenant, directory } = request
    const mark = this.#listings.mark()
    const paths = await this.list(request)
    if (paths.length === 0) return ''
    const prefix = `pubky://${tenant}`
    const text = asBytes(prefix + paths.join(`\n${prefix}`))
    this.#listings.keep(tenant, key, { directory, text }, mark)
    return text
  }

  async #list<Item>(
    request: ListRequest,
    read: (query: ListQuery) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> {
    const user = this.#users.cached(request.tenant) ?? (await this.#users.find(request.tenant))
    if (user === undefined) throw directoryUnknown()
    const { directory, limit, reverse, shallow } = request
    const hasCursor = request.cursor !== undefined && request.cursor !== ''
    const cursor = hasCursor ? parseListCursor(request.cursor ?? '', user.publicKey) : undefined
    if (!hasCursor || cursor !== undefined) {
      const page = await read({ userId: user.id, directory, cursor, reverse, shallow, limit })
      if (page.length > 0) return page
    }
    // An empty page says nothing about the folder, and a missing folder goes before a bad cursor.
    if (!(await this.#store.hasEntriesBelow(user.id, directory))) throw directoryUnknown()
    if (hasCursor && cursor === undefined) throw new HomeserverError('cursor-invalid', 'Invalid cursor')
    return []
  }
}

/** The text with one character per byte of its UTF-8; most paths are ASCII, and are that already. */
function asBytes(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1')
}

function entryUnknown(): HomeserverError {
  return new HomeserverError('entry-unknown', 'Not Found')
}

function directoryUnknown(): HomeserverError {
  return new HomeserverError('directory-unknown', 'Directory Not Found')
}
