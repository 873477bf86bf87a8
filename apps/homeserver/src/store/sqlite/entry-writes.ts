import type {
  CommitDeleteOutcome,
  CommitWriteOutcome,
  DeleteCommit,
  EventRecord,
  UserId,
  WriteCommit,
} from '../store.ts'
import { chargeOf, ENTRY_CHARGE, isMet } from '../write-rules.ts'
import { ChangedUsers } from './changed-users.ts'
import type { Connection } from './connection.ts'
import { EntryReads } from './entry-reads.ts'
import type { EventCounter } from './event-counter.ts'
import { LockReads } from './lock-reads.ts'

type EntryState = [id: number, contentLength: number, etag: string, blobId: string, isInline: number]

/**
 * Writing and deleting files. Every check comes before the first change, so a refusal leaves nothing behind. What it
 * learns of users and folders holds until {@link settle} or {@link forget}: within a transaction nobody else writes.
 */
export class EntryWrites {
  readonly #events: EventCounter
  readonly #reads: EntryReads
  readonly #locks: LockReads
  readonly #users: ChangedUsers
  /** User and folder of files just written: no ancestor of the next file there is a file. */
  readonly #folders = new Set<string>()
  readonly #entry
  readonly #insert
  readonly #update
  readonly #delete
  readonly #event

  constructor(db: Connection, events: EventCounter) {
    this.#events = events
    this.#reads = new EntryReads(db)
    this.#locks = new LockReads(db)
    this.#users = new ChangedUsers(db)
    this.#entry = db
      .prepare<[number, string], EntryState>(
        'SELECT id, content_length, etag, blob_id, is_inline FROM entries WHERE user_id = ? AND path = ?',
      )
      .raw()
    this.#insert = db.prepare(
      `INSERT INTO entries (user_id, path, content_length, content_type, etag, created_at, modified_at, last_modified,
         blob_id, is_inline, key_generation, inline_body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = db.prepare(
      `UPDATE entries SET content_length = ?, content_type = ?, etag = ?, modified_at = ?, last_modified = ?,
         blob_id = ?, is_inline = ?, key_generation = ?, inline_body = ? WHERE id = ?`,
    )
    this.#delete = db.prepare('DELETE FROM entries WHERE id = ?')
    this.#event = db.prepare(
      'INSERT INTO events (id, user_id, is_private, path, content_hash, at) VALUES (?, ?, ?, ?, ?, ?)',
    )
  }

  commitWrite(write: WriteCommit): CommitWriteOutcome {
    const { userId, path } = write
    const user = this.#users.get(userId)
    if (user === undefined) return { outcome: 'user-unknown' }
    if (user.isDisabled && !write.evenIfDisabled) return { outcome: 'user-disabled' }
    if (!this.#holdsLock(userId, path, write.lockTokenHash, write.now)) return { outcome: 'lock-lost' }
    const old = this.#entry.get(userId, path)
    if (!isMet(write.precondition, old?.[2])) return { outcome: 'precondition-failed' }
    const folder = `${userId}${path.slice(0, path.lastIndexOf('/'))}`
    if (old === undefined && this.#collides(userId, path, folder)) return { outcome: 'collision' }
    const charge = chargeOf(write, old?.[1], user.usedBytes, user.storageMb)
    if (charge === undefined) return { outcome: 'over-quota' }

    if (old === undefined) this.#insertEntry(write)
    else this.#updateEntry(write, old[0])
    this.#folders.add(folder)
    this.#users.charge(userId, user, charge)
    const event = this.#append(userId, user.publicKey, path, write.etag.slice(1, -1), write.now)
    return { outcome: 'written', event, orphan: orphanOf(old) }
  }

  commitDelete(deletion: DeleteCommit): CommitDeleteOutcome {
    const { userId, path } = deletion
    const user = this.#users.get(userId)
    if (!this.#holdsLock(userId, path, deletion.lockTokenHash, deletion.now)) return { outcome: 'lock-lost' }
    const old = user === undefined ? undefined : this.#entry.get(userId, path)
    if (user === undefined || old === undefined) return { outcome: 'entry-unknown' }
    if (!isMet(deletion.precondition, old[2])) return { outcome: 'precondition-failed' }
    this.#delete.run(old[0])
    // With its last file a folder is gone, and a file may take its name.
    this.#folders.clear()
    this.#users.charge(userId, user, -(old[1] + ENTRY_CHARGE))
    return {
      outcome: 'deleted',
      event: this.#append(userId, user.publicKey, path, undefined, deletion.now),
      orphan: orphanOf(old),
    }
  }

  /** Writes down what is still to be written: before other operations look at users or files, and before the commit. */
  settle(): void {
    this.#users.settle()
    this.#folders.clear()
  }

  /** For a transaction that was rolled back. */
  forget(): void {
    this.#users.forget()
    this.#folders.clear()
  }

  #collides(userId: UserId, path: string, folder: string): boolean {
    return this.#folders.has(folder)
      ? this.#reads.hasEntriesBelow(userId, `${path}/`)
      : this.#reads.collides(userId, path)
  }

  #holdsLock(userId: UserId, path: string, tokenHash: Uint8Array | undefined, now: number): boolean {
    if (tokenHash === undefined) return true
    const live = this.#locks.findLock(userId, path, now)
    return live !== undefined && Buffer.compare(live, tokenHash) === 0
  }

  #insertEntry(write: WriteCommit): void {
    this.#insert.run(
      write.userId,
      write.path,
      write.contentLength,
      write.contentType,
      write.etag,
      write.modifiedAt,
      write.modifiedAt,
      write.lastModified,
      write.body.blobId,
      write.body.place === 'inline' ? 1 : 0,
      write.body.keyGeneration,
      write.inlineBody ?? null,
    )
  }

  #updateEntry(write: WriteCommit, id: number): void {
    this.#update.run(
      write.contentLength,
      write.contentType,
      write.etag,
      write.modifiedAt,
      write.lastModified,
      write.body.blobId,
      write.body.place === 'inline' ? 1 : 0,
      write.body.keyGeneration,
      write.inlineBody ?? null,
      id,
    )
  }

  #append(userId: UserId, user: string, path: string, contentHash: string | undefined, now: number): EventRecord {
    const { id, at } = this.#events.next(now)
    this.#event.run(id, userId, path.startsWith('/pub/') ? 0 : 1, path, contentHash ?? null, at)
    return { id, type: contentHash === undefined ? 'DEL' : 'PUT', userId, user, path, contentHash, at }
  }
}

/** The blob that no row names once `old` is replaced. */
function orphanOf(old: EntryState | undefined): string | undefined {
  return old !== undefined && old[4] === 0 ? old[3] : undefined
}
