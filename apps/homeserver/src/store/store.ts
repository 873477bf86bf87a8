import type { AccountStore } from './account-store.ts'
import type { EntryStore } from './entry-store.ts'
import type { EventRecord, EventStore } from './event-store.ts'
import type { GrantStore } from './grant-store.ts'
import type { LockStore } from './lock-store.ts'
import type { UserId } from './user-id.ts'

export type {
  AccountStore,
  CookieSessionRecord,
  CreateUserOutcome,
  DeletedUserSweep,
  NewCookieSession,
  NewSignupToken,
  NewUser,
  QuotaOverrides,
  SignupTokenRecord,
  UserQuery,
  UserRecord,
  WrappedUserKey,
} from './account-store.ts'
export type {
  BodyReference,
  CommitDeleteOutcome,
  CommitWriteOutcome,
  DeleteCommit,
  EntryRecord,
  EntryStore,
  EntryWithBody,
  ListedEntry,
  ListQuery,
  WriteCommit,
  WritePrecondition,
} from './entry-store.ts'
export type { EventRecord, EventStore, EventWalk, PathSpan } from './event-store.ts'
export type { BearerRecord, GrantRecord, GrantRedemption, GrantStore, RedeemGrantOutcome } from './grant-store.ts'
export type { LockExtension, LockStore, NewLock } from './lock-store.ts'
export type { UserId } from './user-id.ts'

/**
 * The one persistence interface. Each write method is one transaction and one thing that happened, durable when its
 * promise resolves; each read method is named after its question and sees every write acknowledged before it was
 * called (spec 02 §14.1). Rules live above: a store compares and remembers, it does not decide who may.
 *
 * Conventions: users are named by their canonical z32 text or by the store's own {@link UserId}; times are microseconds
 * since the epoch unless a name says otherwise; a method that can lose a race answers with a closed set of outcomes
 * instead of throwing. Throws {@link HomeserverError} `disk-full`, `storage-failed` or `closed` only.
 */
export interface Store extends AsyncDisposable, AccountStore, GrantStore, EntryStore, LockStore, EventStore {
  /** Random 16 bytes fixed when the store was created: the salt of the server's derived keys (spec 03 §16.3). */
  readonly installId: Uint8Array

  /**
   * Whether other processes may write to the same database: then nothing read from it may be kept in memory without
   * asking it again, except what the notices of {@link watch} keep up to date.
   */
  readonly isShared: boolean

  /** Whether what other processes commit is told now: false from a `notices-lost` until they are heard again. */
  readonly isInformed: boolean

  /** Value remembered under `name` by {@link rememberSetting}, e.g. the key-check value. */
  setting(name: string): Promise<Uint8Array | undefined>

  /** Remembers `value` under `name` unless something is there already; answers what is there afterwards. */
  rememberSetting(name: string, value: Uint8Array): Promise<Uint8Array>

  /**
   * Tells `listener` what was committed, in commit order, each thing once, and before the promise of the write that
   * did it resolves. With several instances on one database, what others committed is told too. Answers the function
   * that stops it.
   */
  watch(listener: (notice: StoreNotice) => void): () => void

  /** Bytes that deleted rows left behind inside the store, to be used again before it needs more of the disk. */
  reusableBytes(): Promise<number>

  /** Sums for the operator (spec 03 §2.4). */
  statistics(): Promise<StoreStatistics>
}

/** Something committed that somebody may hold in memory. */
export type StoreNotice =
  | { readonly kind: 'event'; readonly event: EventRecord }
  | { readonly kind: 'cookie-session-revoked'; readonly sessionId: number }
  | { readonly kind: 'bearer-replaced'; readonly grantId: string }
  | { readonly kind: 'grant-revoked'; readonly grantId: string }
  | { readonly kind: 'user-changed'; readonly userId: UserId }
  | { readonly kind: 'user-deleted'; readonly userId: UserId }
  /**
   * The store cannot say what other instances commit; told again every second until it can, then what was missed
   * follows. Whoever keeps something open on the strength of notices fails closed (spec 03 §8.4).
   */
  | { readonly kind: 'notices-lost' }

/** Numbers of {@link Store.statistics}. */
export interface StoreStatistics {
  readonly users: number
  readonly disabledUsers: number
  /** Sum over all users of content length + 256 per entry. */
  readonly usedBytes: number
  readonly signupTokens: number
  readonly unusedSignupTokens: number
}
