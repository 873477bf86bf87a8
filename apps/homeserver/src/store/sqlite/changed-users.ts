import type { UserId } from '../store.ts'
import type { Connection } from './connection.ts'

/** A user as the running transaction knows them. */
export interface ChangedUser {
  readonly publicKey: string
  readonly isDisabled: boolean
  /** Override of the quota as stored: null = the default, -1 = unlimited. */
  readonly storageMb: number | null
  /** Changed by {@link ChangedUsers.charge} only. */
  usedBytes: number
}

/**
 * Users whose files the running transaction changes. Each is read once and charged once, however many of their files
 * are in the batch: most batches are of few users.
 */
export class ChangedUsers {
  readonly #select
  readonly #update
  readonly #known = new Map<UserId, ChangedUser>()
  readonly #charged = new Map<UserId, ChangedUser>()

  constructor(db: Connection) {
    this.#select = db
      .prepare<[number], [publicKey: string, disabled: number, usedBytes: number, storageMb: number | null]>(
        'SELECT public_key, disabled, used_bytes, storage_mb FROM users WHERE id = ? AND deleted_at IS NULL',
      )
      .raw()
    this.#update = db.prepare<[number, number]>('UPDATE users SET used_bytes = ? WHERE id = ?')
  }

  /** The user with what this transaction has charged; undefined when there is none. */
  get(id: UserId): ChangedUser | undefined {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const row = this.#select.get(id)
    if (row === undefined) return undefined
    const [publicKey, disabled, usedBytes, storageMb] = row
    const user = { publicKey, isDisabled: disabled !== 0, usedBytes, storageMb }
    this.#known.set(id, user)
    return user
  }

  /** Adds to the usage, which does not fall below zero. */
  charge(id: UserId, user: ChangedUser, bytes: number): void {
    if (bytes === 0) return
    user.usedBytes = Math.max(0, user.usedBytes + bytes)
    this.#charged.set(id, user)
  }

  /** Writes the charges down and starts afresh: before anybody else looks at the table, and before the commit. */
  settle(): void {
    for (const [id, { usedBytes }] of this.#charged) this.#update.run(usedBytes, id)
    this.forget()
  }

  /** Drops what is known, with the transaction it was known in. */
  forget(): void {
    this.#known.clear()
    this.#charged.clear()
  }
}
