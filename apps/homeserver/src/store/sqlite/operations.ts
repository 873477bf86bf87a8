import type { Operations } from '../operations.ts'
import { AccountWrites } from './account-writes.ts'
import type { Connection } from './connection.ts'
import { EntryWrites } from './entry-writes.ts'
import { EventCounter } from './event-counter.ts'
import { GrantWrites } from './grant-writes.ts'
import { LockWrites } from './lock-writes.ts'
import { UserDeletion } from './user-deletion.ts'

/** The operations on one connection, all to be run inside a transaction, and those of them that deal with files. */
export function createOperations(db: Connection): { readonly operations: Operations; readonly entries: EntryWrites } {
  const events = new EventCounter(db)
  const accounts = new AccountWrites(db)
  const deletion = new UserDeletion(db, events)
  const grants = new GrantWrites(db)
  const entries = new EntryWrites(db, events)
  const locks = new LockWrites(db)
  const operations = {
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
  return { operations, entries }
}
