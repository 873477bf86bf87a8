import { randomBytes } from 'node:crypto'
import { Notices } from '../notices.ts'
import type {
  DeleteCommit,
  EventQuery,
  GrantRedemption,
  ListQuery,
  LockExtension,
  NewCookieSession,
  NewLock,
  NewSignupToken,
  NewUser,
  QuotaOverrides,
  Store,
  StoreNotice,
  UserId,
  UserQuery,
  WrappedUserKey,
  WriteCommit,
} from '../store.ts'
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

class PostgresStore implements Store {
  readonly isShared = true
  readonly installId: Uint8Array
  readonly #parts: AsyncDisposableStack
  readonly #queue: WriteQueue
  readonly #notices: Notices
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
    this.installId = installId
    this.#parts = parts
    this.#queue = queue
    this.#notices = notices
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

  watch = (listener: (notice: StoreNotice) => void) => this.#notices.watch(listener)
  setting = (name: string) => this.#accounts.setting(name)
  rememberSetting = (name: string, value: Uint8Array) => this.#queue.submit('rememberSetting', [name, value])
  /** The database's own business: its disk is not this machine's, and it says nothing about room inside its files. */
  reusableBytes = async () => 0
  statistics = () => this.#accounts.statistics()

  findUser = (publicKey: string) => this.#accounts.findUser(publicKey)
  listUsers = (query: UserQuery) => this.#accounts.listUsers(query)
  createUser = (account: NewUser) => this.#queue.submit('createUser', account)
  setUserDisabled = (user: UserId, disabled: boolean) => this.#queue.submit('setUserDisabled', [user, disabled])
  replaceUserQuota = (user: UserId, expected: QuotaOverrides, next: QuotaOverrides) =>
    this.#queue.submit('replaceUserQuota', [user, expected, next])
  deleteUser = (user: UserId, now: number) => this.#queue.submit('deleteUser', [user, now])
  sweepDeletedUsers = (limit: number, now: number) => this.#queue.submit('sweepDeletedUsers', [limit, now])
  findUserKey = (user: UserId, generation: number) => this.#accounts.findUserKey(user, generation)
  rememberUserKey = (user: UserId, key: WrappedUserKey, now: number) =>
    this.#queue.submit('rememberUserKey', [user, key, now])
  spendProof = (proof: string, now: number, expiresAt: number) =>
    this.#queue.submit('spendProof', [proof, now, expiresAt])
  createSignupToken = (token: NewSignupToken) => this.#queue.submit('createSignupToken', token)
  findSignupToken = (lookup: Uint8Array) => this.#accounts.findSignupToken(lookup)
  listSignupTokens = (state: 'all' | 'used' | 'unused') => this.#accounts.listSignupTokens(state)
  createCookieSession = (session: NewCookieSession) => this.#queue.submit('createCookieSession', session)
  findCookieSession = (secretHash: Uint8Array) => this.#accounts.findCookieSession(secretHash)
  liveCookieSessions = (user: UserId, now: number) => this.#accounts.liveCookieSessions(user, now)
  revokeCookieSession = (id: number) => this.#queue.submit('revokeCookieSession', id)

  findGrant = (id: string) => this.#grants.findGrant(id)
  liveGrants = (user: UserId, nowSeconds: number) => this.#grants.liveGrants(user, nowSeconds)
  findBearer = (tokenHash: Uint8Array) => this.#grants.findBearer(tokenHash)
  redeemGrant = (redemption: GrantRedemption) => this.#queue.submit('redeemGrant', redemption)
  revokeGrant = (id: string, nowSeconds: number) => this.#queue.submit('revokeGrant', [id, nowSeconds])

  findEntry = (user: UserId, path: string) => this.#entries.findEntry(user, path)
  readEntry = (user: UserId, path: string) => this.#entries.readEntry(user, path)
  collides = (user: UserId, path: string) => this.#entries.collides(user, path)
  hasEntriesBelow = (user: UserId, directory: string) => this.#entries.hasEntriesBelow(user, directory)
  listPaths = (query: ListQuery) => this.#entries.listPaths(query)
  listEntries = (query: ListQuery) => this.#entries.listEntries(query)
  entryTotals = (user: UserId) => this.#entries.entryTotals(user)
  namedBlobs = (blobIds: readonly string[]) => this.#entries.namedBlobs(blobIds)
  commitWrite = ({ inlineBody, ...write }: WriteCommit) =>
    this.#queue.submit('commitWrite', { ...write, inlineBody: undefined }, inlineBody)
  commitDelete = (deletion: DeleteCommit) => this.#queue.submit('commitDelete', deletion)

  findLock = (user: UserId, path: string, now: number) => this.#locks.findLock(user, path, now)
  acquireLock = (lock: NewLock) => this.#queue.submit('acquireLock', lock)
  extendLock = (extension: LockExtension) => this.#queue.submit('extendLock', extension)
  releaseLock = (user: UserId, path: string, tokenHash: Uint8Array) =>
    this.#queue.submit('releaseLock', [user, path, tokenHash])

  events = (query: EventQuery) => this.#events.events(query)
  latestEventId = () => this.#events.latestEventId()
  eventIdAt = (at: number) => this.#events.eventIdAt(at)

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#queue.close().then(() => this.#parts.disposeAsync())
    await this.#closing
  }
}
