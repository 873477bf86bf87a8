/** Everything that changes a store, by name: what travels from a store's methods to its writer and back. */
import type {
  CommitDeleteOutcome,
  CommitWriteOutcome,
  CreateUserOutcome,
  DeleteCommit,
  DeletedUserSweep,
  GrantRedemption,
  LockExtension,
  NewCookieSession,
  NewLock,
  NewSignupToken,
  NewUser,
  QuotaOverrides,
  RedeemGrantOutcome,
  UserId,
  WrappedUserKey,
  WriteCommit,
} from './store.ts'

/** One input, one outcome, run inside the writer's transaction; documented at the store's methods of the same names. */
export interface Operations {
  rememberSetting(input: [name: string, value: Uint8Array]): Uint8Array
  createUser(input: NewUser): CreateUserOutcome
  rememberUserKey(input: [user: UserId, key: WrappedUserKey, now: number]): WrappedUserKey | undefined
  setUserDisabled(input: [user: UserId, disabled: boolean]): boolean
  replaceUserQuota(input: [user: UserId, expected: QuotaOverrides, next: QuotaOverrides]): boolean
  createSignupToken(input: NewSignupToken): void
  createCookieSession(input: NewCookieSession): number | undefined
  revokeCookieSession(input: number): boolean
  spendProof(input: [proof: string, now: number, expiresAt: number]): boolean
  deleteUser(input: [user: UserId, now: number]): boolean
  sweepDeletedUsers(input: [limit: number, now: number]): DeletedUserSweep
  redeemGrant(input: GrantRedemption): RedeemGrantOutcome
  revokeGrant(input: [id: string, nowSeconds: number]): boolean
  commitWrite(input: WriteCommit): CommitWriteOutcome
  commitDelete(input: DeleteCommit): CommitDeleteOutcome
  acquireLock(input: NewLock): 'granted' | 'locked' | 'too-many'
  extendLock(input: LockExtension): number | undefined
  releaseLock(input: [user: UserId, path: string, tokenHash: Uint8Array]): boolean
}

export type OperationName = keyof Operations
export type OperationInput<Name extends OperationName> = Parameters<Operations[Name]>[0]
export type OperationOutcome<Name extends OperationName> = ReturnType<Operations[Name]>

/** One change, as it travels to the writer. */
export interface Job {
  readonly name: OperationName
  readonly input: unknown
}

/** What became of a job, as it travels back. */
export type JobResult =
  | { readonly isDone: true; readonly outcome: unknown }
  | { readonly isDone: false; readonly reason: 'disk-full' | 'storage-failed'; readonly message: string }

/** The way to a store's writer: one batch at a time. */
export interface WriteChannel extends AsyncDisposable {
  /** Commits the batch; rejects when nothing can be written any more. */
  send(
    jobs: readonly Job[],
    bodies: readonly (Uint8Array | undefined)[],
    bodyBytes: number,
  ): Promise<readonly JobResult[]>
}
