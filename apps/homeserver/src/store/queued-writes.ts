import type { Notices } from './notices.ts'
import type {
  DeleteCommit,
  GrantRedemption,
  LockExtension,
  NewCookieSession,
  NewLock,
  NewSignupToken,
  NewUser,
  QuotaOverrides,
  StoreNotice,
  UserId,
  WrappedUserKey,
  WriteCommit,
} from './store.ts'
import type { WriteQueue } from './write-queue.ts'

/** The writing half of a store: each method is one job of its queue, each job told to whoever watches. */
export abstract class QueuedWrites {
  protected readonly queue: WriteQueue
  readonly #notices: Notices

  constructor(queue: WriteQueue, notices: Notices) {
    this.queue = queue
    this.#notices = notices
  }

  watch = (listener: (notice: StoreNotice) => void) => this.#notices.watch(listener)
  rememberSetting = (name: string, value: Uint8Array) => this.queue.submit('rememberSetting', [name, value])

  createUser = (account: NewUser) => this.queue.submit('createUser', account)
  setUserDisabled = (user: UserId, disabled: boolean) => this.queue.submit('setUserDisabled', [user, disabled])
  replaceUserQuota = (user: UserId, expected: QuotaOverrides, next: QuotaOverrides) =>
    this.queue.submit('replaceUserQuota', [user, expected, next])
  deleteUser = (user: UserId, now: number) => this.queue.submit('deleteUser', [user, now])
  sweepDeletedUsers = (limit: number, now: number) => this.queue.submit('sweepDeletedUsers', [limit, now])
  rememberUserKey = (user: UserId, key: WrappedUserKey, now: number) =>
    this.queue.submit('rememberUserKey', [user, key, now])
  spendProof = (proof: string, now: number, expiresAt: number) =>
    this.queue.submit('spendProof', [proof, now, expiresAt])
  createSignupToken = (token: NewSignupToken) => this.queue.submit('createSignupToken', token)
  createCookieSession = (session: NewCookieSession) => this.queue.submit('createCookieSession', session)
  revokeCookieSession = (id: number) => this.queue.submit('revokeCookieSession', id)

  redeemGrant = (redemption: GrantRedemption) => this.queue.submit('redeemGrant', redemption)
  revokeGrant = (id: string, nowSeconds: number) => this.queue.submit('revokeGrant', [id, nowSeconds])

  commitWrite = (write: WriteCommit) => this.queue.submit('commitWrite', write, write.inlineBody)
  commitDelete = (deletion: DeleteCommit) => this.queue.submit('commitDelete', deletion)

  acquireLock(lock: NewLock) {
    return this.queue.submit('acquireLock', lock)
  }
  extendLock(extension: LockExtension) {
    return this.queue.submit('extendLock', extension)
  }
  releaseLock = (user: UserId, path: string, tokenHash: Uint8Array) =>
    this.queue.submit('releaseLock', [user, path, tokenHash])
}
