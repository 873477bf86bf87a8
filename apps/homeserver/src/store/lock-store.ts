/** What a store keeps of write locks. */
import type { UserId } from './user-id.ts'

/** A lock to be taken. */
export interface NewLock {
  readonly userId: UserId
  readonly path: string
  readonly tokenHash: Uint8Array
  readonly now: number
  readonly expiresAt: number
  readonly maxPerUser: number
}

/** A longer (or shorter) life for a lock. */
export interface LockExtension {
  readonly userId: UserId
  readonly path: string
  readonly tokenHashes: readonly Uint8Array[]
  readonly now: number
  readonly expiresAt: number
  readonly keepLonger: boolean
}

/** Write locks; they survive restarts (spec 02 §10.12.1). Tokens are kept as SHA-256 of their text. */
export interface LockStore {
  /** The token hash of the lock live at `now`. */
  findLock(user: UserId, path: string, now: number): Promise<Uint8Array | undefined>
  /** Grants the lock unless one is live; sweeps dead rows. `maxPerUser` bounds one user's live locks. */
  acquireLock(lock: NewLock): Promise<'granted' | 'locked' | 'too-many'>
  /**
   * Sets the expiry if one of the tokens is the live lock, to `expiresAt` or, with `keepLonger`, to the later of the
   * two. Answers which token (index), or undefined.
   */
  extendLock(lock: LockExtension): Promise<number | undefined>
  /** Removes the lock with this token, live or dead. Answers whether it was there. */
  releaseLock(user: UserId, path: string, tokenHash: Uint8Array): Promise<boolean>
}
