import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Notices } from '../notices.ts'
import type { WriteChannel } from '../operations.ts'
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

class SqliteStore implements Store {
  readonly isShared = false
  readonly isInformed = true
  readonly installId: Uint8Array
  readonly #reader: Connection
  readonly #channel: WriteChannel
  readonly #queue: WriteQueue
  readonly #notices: Notices
  readonly #accounts: AccountReads
  readonly #grants: GrantReads
  readonly #entries: EntryReads
  readonly #locks: LockReads
  readonly #events: EventReads
  /** No lock lives longer than this: every write asks for one, and there rarely is any. */
  #locksUntil: number
  #isClosed: boolean = false

  constructor(reader: Connection, channel: WriteChannel, queue: WriteQueue, notices: Notices, installId: Uint8Array) {
    this.#notices = notices
    this.installId = installId
    this.#reader = reader
    this.#channel = channel
    this.#queue = queue
    this.#accounts = new AccountReads(reader)
    this.#grants = new GrantReads(reader)
    this.#entries = new EntryReads(reader)
    this.#locks = new LockReads(reader)
    this.#events = new EventReads(reader)
    this.#locksUntil = this.#locks.latestExpiry()
  }

  watch = (listener: (notice: StoreNotice) => void) => this.#notices.watch(listener)
  setting = async (name: string) => this.#accounts.setting(name)
  rememberSetting = (name: string, value: Uint8Array) => this.#queue.submit('rememberSetting', [name, value])
  reusableBytes = async () => this.#accounts.reusableBytes()
  statistics = async () => this.#accounts.statistics()

  findUser = async (publicKey: string) => this.#accounts.findUser(publicKey)
  listUsers = async (query: UserQuery) => this.#accounts.listUsers(query)
  createUser = (account: NewUser) => this.#queue.submit('createUser', account)
  setUserDisabled = (user: UserId, disabled: boolean) => this.#queue.submit('setUserDisabled', [user, disabled])
  replaceUserQuota = (user: UserId, expected: QuotaOverrides, next: QuotaOverrides) =>
    this.#queue.submit('replaceUserQuota', [user, expected, next])
  deleteUser = (user: UserId, now: number) => this.#queue.submit('deleteUser', [user, now])
  sweepDeletedUsers = (limit: number, now: number) => this.#queue.submit('sweepDeletedUsers', [limit, now])
  findUserKey = async (user: UserId, generation: number) => this.#accounts.findUserKey(user, generation)
  rememberUserKey = (user: UserId, key: WrappedUserKey, now: number) =>
    this.#queue.submit('rememberUserKey', [user, key, now])
  spendProof = (proof: string, now: number, expiresAt: number) =>
    this.#queue.submit('spendProof', [proof, now, expiresAt])
  createSignupToken = (token: NewSignupToken) => this.#queue.submit('createSignupToken', token)
  findSignupToken = async (lookup: Uint8Array) => this.#accounts.findSignupToken(lookup)
  listSignupTokens = async (state: 'all' | 'used' | 'unused') => this.#accounts.listSignupTokens(state)
  createCookieSession = (session: NewCookieSession) => this.#queue.submit('createCookieSession', session)
  findCookieSession = async (secretHash: Uint8Array) => this.#accounts.findCookieSession(secretHash)
  liveCookieSessions = async (user: UserId, now: number) => this.#accounts.liveCookieSessions(user, now)
  revokeCookieSession = (id: number) => this.#queue.submit('revokeCookieSession', id)

  findGrant = async (id: string) => this.#grants.findGrant(id)
  liveGrants = async (user: UserId, nowSeconds: number) => this.#grants.liveGrants(user, nowSeconds)
  findBearer = async (tokenHash: Uint8Array) => this.#grants.findBearer(tokenHash)
  redeemGrant = (redemption: GrantRedemption) => this.#queue.submit('redeemGrant', redemption)
  revokeGrant = (id: string, nowSeconds: number) => this.#queue.submit('revokeGrant', [id, nowSeconds])

  findEntry = async (user: UserId, path: string) => this.#entries.findEntry(user, path)
  readEntry = async (user: UserId, path: string) => this.#entries.readEntry(user, path)
  collides = async (user: UserId, path: string) => this.#entries.collides(user, path)
  hasEntriesBelow = async (user: UserId, directory: string) => this.#entries.hasEntriesBelow(user, directory)
  listPaths = async (query: ListQuery) => this.#entries.listPaths(query)
  listEntries = async (query: ListQuery) => this.#entries.listEntries(query)
  entryTotals = async (user: UserId) => this.#entries.entryTotals(user)
  namedBlobs = async (blobIds: readonly string[]) => this.#entries.namedBlobs(blobIds)
  commitWrite = (write: WriteCommit) => this.#queue.submit('commitWrite', write, write.inlineBody)
  commitDelete = (deletion: DeleteCommit) => this.#queue.submit('commitDelete', deletion)

  findLock = async (user: UserId, path: string, now: number) =>
    now < this.#locksUntil ? this.#locks.findLock(user, path, now) : undefined
  acquireLock = (lock: NewLock) => {
    this.#locksUntil = Math.max(this.#locksUntil, lock.expiresAt)
    return this.#queue.submit('acquireLock', lock)
  }
  extendLock = (extension: LockExtension) => {
    this.#locksUntil = Math.max(this.#locksUntil, extension.expiresAt)
    return this.#queue.submit('extendLock', extension)
  }
  releaseLock = (user: UserId, path: string, tokenHash: Uint8Array) =>
    this.#queue.submit('releaseLock', [user, path, tokenHash])

  events = async (query: EventQuery) => this.#events.events(query)
  latestEventId = async () => this.#events.latestEventId()
  eventIdAt = async (at: number) => this.#events.eventIdAt(at)

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#queue.close()
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
