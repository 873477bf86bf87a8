import { randomBytes } from 'node:crypto'
import { Notices } from '../notices.ts'
import { QueuedWrites } from '../queued-writes.ts'
import type { EventWalk, ListQuery, Store, UserId, UserQuery } from '../store.ts'
import { WriteQueue } from '../write-queue.ts'
import { AccountReads } from './account-reads.ts'
import { Database, type StoreLog } from './database.ts'
import { EntryReads } from './entry-reads.ts'
import { EventReads } from './event-reads.ts'
import { GrantReads } from './grant-reads.ts'
import { Listener } from './listener.ts'
import { LockReads } from './lock-reads.ts'
import { LogFollower } from './log-follower.ts'
import { migrate } from './migrate.ts'
import { PostgresChannel } from './write-channel.ts'

/** Connections that are not for reading: one writes, one hears of commits. */
const OTHER_CONNECTIONS = 2

/** Where the database is. */
export interface PostgresStoreInit {
  /** `postgres://user:password@host:port/database`, never logged. */
  readonly url: string
  /** Connections this process holds at most, 3 or more. */
  readonly maxConnections: number
  /** Called once when nothing can be written any more: stop the process. */
  readonly onFatal: (error: Error) => void
  readonly log: StoreLog
}

/**
 * The store of several instances: everything lives in one PostgreSQL database, in the schema `pubky_core`, and every
 * instance tells what any of them commits. Losing the connection fails what was on its way and nothing else.
 * @throws HomeserverError `storage-failed`: no such database, a newer schema, or commits that are not durable
 */
export async function openPostgresStore(init: PostgresStoreInit): Promise<Store> {
  const { url, log, onFatal } = init
  await migrate(url, log)
  const stack = new AsyncDisposableStack()
  try {
    const reader = stack.use(new Database(url, Math.max(1, init.maxConnections - OTHER_CONNECTIONS), log))
    const notices = new Notices()
    const follower = stack.use(await LogFollower.start(reader, notices, log))
    const channel = stack.use(new PostgresChannel(url, log, (batch) => follower.tellBatch(batch)))
    const listener = stack.use(
      await Listener.start(url, log, {
        onWake: (upTo) => follower.wake(upTo),
        onLost: () => notices.tellOne({ kind: 'notices-lost' }),
      }),
    )
    // Told by the channel already, in order with what other instances commit.
    const queue = new WriteQueue(channel, () => {}, onFatal)
    const installId = await queue.submit('rememberSetting', ['install-id', randomBytes(16)])
    return new PostgresStore(reader, queue, notices, listener, installId, stack.move())
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

class PostgresStore extends QueuedWrites implements Store {
  readonly isShared = true
  readonly installId: Uint8Array
  readonly #parts: AsyncDisposableStack
  readonly #listener: Listener
  readonly #accounts: AccountReads
  readonly #grants: GrantReads
  readonly #entries: EntryReads
  readonly #locks: LockReads
  readonly #events: EventReads
  #closing: Promise<void> | undefined

  constructor(
    db: Database,
    queue: WriteQueue,
    notices: Notices,
    listener: Listener,
    installId: Uint8Array,
    parts: AsyncDisposableStack,
  ) {
    super(queue, notices)
    this.installId = installId
    this.#parts = parts
    this.#listener = listener
    this.#accounts = new AccountReads(db)
    this.#grants = new GrantReads(db)
    this.#entries = new EntryReads(db)
    this.#locks = new LockReads(db)
    this.#events = new EventReads(db)
  }

  get isInformed(): boolean {
    return this.#listener.isHearing
  }

  setting = (name: string) => this.#accounts.setting(name)
  /** The database's own business: its disk is not this machine's, and it says nothing about room inside its files. */
  reusableBytes = async () => 0
  statistics = () => this.#accounts.statistics()

  findUser = (publicKey: string) => this.#accounts.findUser(publicKey)
  listUsers = (query: UserQuery) => this.#accounts.listUsers(query)
  findUserKey = (user: UserId, generation: number) => this.#accounts.findUserKey(user, generation)
  findSignupToken = (lookup: Uint8Array) => this.#accounts.findSignupToken(lookup)
  listSignupTokens = (state: 'all' | 'used' | 'unused') => this.#accounts.listSignupTokens(state)
  findCookieSession = (secretHash: Uint8Array) => this.#accounts.findCookieSession(secretHash)
  liveCookieSessions = (user: UserId, now: number) => this.#accounts.liveCookieSessions(user, now)

  findGrant = (id: string) => this.#grants.findGrant(id)
  liveGrants = (user: UserId, nowSeconds: number) => this.#grants.liveGrants(user, nowSeconds)
  findBearer = (tokenHash: Uint8Array) => this.#grants.findBearer(tokenHash)

  findEntry = (user: UserId, path: string) => this.#entries.findEntry(user, path)
  readEntry = (user: UserId, path: string) => this.#entries.readEntry(user, path)
  collides = (user: UserId, path: string) => this.#entries.collides(user, path)
  hasEntriesBelow = (user: UserId, directory: string) => this.#entries.hasEntriesBelow(user, directory)
  listPaths = (query: ListQuery) => this.#entries.listPaths(query)
  listEntries = (query: ListQuery) => this.#entries.listEntries(query)
  entryTotals = (user: UserId) => this.#entries.entryTotals(user)
  namedBlobs = (blobIds: readonly string[]) => this.#entries.namedBlobs(blobIds)

  findLock = (user: UserId, path: string, now: number) => this.#locks.findLock(user, path, now)

  events = (walk: EventWalk, limit: number) => this.#events.events(walk, limit)
  eventIdAhead = (walk: EventWalk, count: number) => this.#events.eventIdAhead(walk, count)
  latestEventId = () => this.#events.latestEventId()
  eventIdAt = (at: number) => this.#events.eventIdAt(at)

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.queue.close().then(() => this.#parts.disposeAsync())
    await this.#closing
  }
}
