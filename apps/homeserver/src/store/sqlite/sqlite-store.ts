import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Notices } from '../notices.ts'
import type { WriteChannel } from '../operations.ts'
import { QueuedWrites } from '../queued-writes.ts'
import type { EventWalk, ListQuery, LockExtension, NewLock, Store, UserId, UserQuery } from '../store.ts'
import { WriteQueue } from '../write-queue.ts'
import { AccountReads } from './account-reads.ts'
import { type Connection, IN_MEMORY, openReader, openWriter } from './connection.ts'
import { EntryReads } from './entry-reads.ts'
import { EventReads } from './event-reads.ts'
import { GrantReads } from './grant-reads.ts'
import { LockReads } from './lock-reads.ts'
import { LocalChannel, ThreadChannel } from './write-channel.ts'

/** Where the database lives. */
export interface SqliteStoreInit {
  /** File of the database, its folder is created; undefined = in memory, gone at close. */
  readonly path: string | undefined
  /** File laid down as ballast for a full disk; undefined = none. */
  readonly ballastPath?: string | undefined
  /** Called once when the disk failed a flush: stop the process, do not go on. */
  readonly onFatal: (error: Error) => void
}

/**
 * The embedded store: reads on the calling thread, writes in one thread with group commit, every commit flushed.
 * @throws HomeserverError `storage-failed`: the file is not ours, is newer, or cannot be made durable
 */
export async function openSqliteStore(init: SqliteStoreInit): Promise<Store> {
  const { path } = init
  let reader: Connection
  let channel: WriteChannel
  if (path === undefined) {
    reader = openWriter(IN_MEMORY)
    channel = new LocalChannel(reader)
  } else {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    channel = await ThreadChannel.start({ path, ballastPath: init.ballastPath })
    reader = openReader(path)
  }
  const notices = new Notices()
  const queue = new WriteQueue(channel, (job, outcome) => notices.tell(job, outcome), init.onFatal)
  const installId = await queue.submit('rememberSetting', ['install-id', randomBytes(16)])
  return new SqliteStore(reader, channel, queue, notices, installId)
}

class SqliteStore extends QueuedWrites implements Store {
  readonly isShared = false
  readonly isInformed = true
  readonly installId: Uint8Array
  readonly #reader: Connection
  readonly #channel: WriteChannel
  readonly #accounts: AccountReads
  readonly #grants: GrantReads
  readonly #entries: EntryReads
  readonly #locks: LockReads
  readonly #events: EventReads
  /** No lock lives longer than this: every write asks for one, and there rarely is any. */
  #locksUntil: number
  #isClosed: boolean = false

  constructor(reader: Connection, channel: WriteChannel, queue: WriteQueue, notices: Notices, installId: Uint8Array) {
    super(queue, notices)
    this.installId = installId
    this.#reader = reader
    this.#channel = channel
    this.#accounts = new AccountReads(reader)
    this.#grants = new GrantReads(reader)
    this.#entries = new EntryReads(reader)
    this.#locks = new LockReads(reader)
    this.#events = new EventReads(reader)
    this.#locksUntil = this.#locks.latestExpiry()
  }

  setting = async (name: string) => this.#accounts.setting(name)
  reusableBytes = async () => this.#accounts.reusableBytes()
  statistics = async () => this.#accounts.statistics()

  findUser = async (publicKey: string) => this.#accounts.findUser(publicKey)
  listUsers = async (query: UserQuery) => this.#accounts.listUsers(query)
  findUserKey = async (user: UserId, generation: number) => this.#accounts.findUserKey(user, generation)
  findSignupToken = async (lookup: Uint8Array) => this.#accounts.findSignupToken(lookup)
  listSignupTokens = async (state: 'all' | 'used' | 'unused') => this.#accounts.listSignupTokens(state)
  findCookieSession = async (secretHash: Uint8Array) => this.#accounts.findCookieSession(secretHash)
  liveCookieSessions = async (user: UserId, now: number) => this.#accounts.liveCookieSessions(user, now)

  findGrant = async (id: string) => this.#grants.findGrant(id)
  liveGrants = async (user: UserId, nowSeconds: number) => this.#grants.liveGrants(user, nowSeconds)
  findBearer = async (tokenHash: Uint8Array) => this.#grants.findBearer(tokenHash)

  findEntry = async (user: UserId, path: string) => this.#entries.findEntry(user, path)
  readEntry = async (user: UserId, path: string) => this.#entries.readEntry(user, path)
  collides = async (user: UserId, path: string) => this.#entries.collides(user, path)
  hasEntriesBelow = async (user: UserId, directory: string) => this.#entries.hasEntriesBelow(user, directory)
  listPaths = async (query: ListQuery) => this.#entries.listPaths(query)
  listEntries = async (query: ListQuery) => this.#entries.listEntries(query)
  entryTotals = async (user: UserId) => this.#entries.entryTotals(user)
  namedBlobs = async (blobIds: readonly string[]) => this.#entries.namedBlobs(blobIds)

  findLock = async (user: UserId, path: string, now: number) =>
    now < this.#locksUntil ? this.#locks.findLock(user, path, now) : undefined
  override acquireLock(lock: NewLock) {
    this.#locksUntil = Math.max(this.#locksUntil, lock.expiresAt)
    return super.acquireLock(lock)
  }
  override extendLock(extension: LockExtension) {
    this.#locksUntil = Math.max(this.#locksUntil, extension.expiresAt)
    return super.extendLock(extension)
  }

  events = async (walk: EventWalk, limit: number) => this.#events.events(walk, limit)
  eventIdAhead = async (walk: EventWalk, count: number) => this.#events.eventIdAhead(walk, count)
  latestEventId = async () => this.#events.latestEventId()
  eventIdAt = async (at: number) => this.#events.eventIdAt(at)

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.queue.close()
    // The reader first: an open reader would keep the log from being emptied.
    if (this.#reader.memory) {
      await this.#channel[Symbol.asyncDispose]()
      this.#reader.close()
    } else {
      this.#reader.close()
      await this.#channel[Symbol.asyncDispose]()
    }
  }
}
