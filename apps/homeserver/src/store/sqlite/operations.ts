import { AccountWrites } from './account-writes.ts'
import type { Connection } from './connection.ts'
import { EntryWrites } from './entry-writes.ts'
import { EventCounter } from './event-counter.ts'
import { GrantWrites } from './grant-writes.ts'
import { LockWrites } from './lock-writes.ts'
import { UserDeletion } from './user-deletion.ts'

/** Everything that changes the database, by name: one input, one outcome, run inside the writer's transaction. */
export function createOperations(db: Connection) {
  const events = new EventCounter(db)
  const accounts = new AccountWrites(db)
  const deletion = new UserDeletion(db, events)
  const grants = new GrantWrites(db)
  const entries = new EntryWrites(db, events)
  const locks = new LockWrites(db)
  return {
    rememberSetting: accounts.rememberSetting.bind(accounts),
    createUser: accounts.createUser.bind(accounts),
    rememberUserKey: accounts.rememberUserKey.bind(accounts),
    setUserDisabled: accounts.setUserDisabled.bind(accounts),
    replaceUserQuota: accounts.replaceUserQuota.bind(accounts),
    createSignupToken: accounts.createSignupToken.bind(accounts),
    createCookieSession: accounts.createCookieSession.bind(accounts),
    revokeCookieSession: accounts.revokeCookieSession.bind(accounts),
    spendProof: accounts.spendProof.bind(accounts),
    deleteUser: deletion.deleteUser.bind(deletion),
    sweepDeletedUsers: deletion.sweepDeletedUsers.bind(deletion),
    redeemGrant: grants.redeemGrant.bind(grants),
    revokeGrant: grants.revokeGrant.bind(grants),
    commitWrite: entries.commitWrite.bind(entries),
    commitDelete: entries.commitDelete.bind(entries),
    acquireLock: locks.acquireLock.bind(locks),
    extendLock: locks.extendLock.bind(locks),
    releaseLock: locks.releaseLock.bind(locks),
  }
}

export type Operations = ReturnType<typeof createOperations>
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
