import type { DeletedUserSweep, EventRecord, UserId } from '../store.ts'
import type { Connection } from './connection.ts'
import type { EventCounter } from './event-counter.ts'

type SweepEntry = [id: number, path: string, blobId: string, isInline: number]

/** Deleting accounts: unreadable at once, cleared in steps that keep the writer free for others. */
export class UserDeletion {
  readonly #events: EventCounter
  readonly #mark
  readonly #dropAccess
  readonly #next
  readonly #entries
  readonly #deleteEntry
  readonly #oldEvents
  readonly #deleteEvent
  readonly #insertEvent
  readonly #finish

  constructor(db: Connection, events: EventCounter) {
    this.#events = events
    this.#mark = db.prepare(
      'UPDATE users SET deleted_at = ?, log_end = ?, used_bytes = 0 WHERE id = ? AND deleted_at IS NULL',
    )
    this.#dropAccess = [
      'DELETE FROM user_keys WHERE user_id = ?',
      'DELETE FROM cookie_sessions WHERE user_id = ?',
      'DELETE FROM bearers WHERE grant_id IN (SELECT id FROM grants WHERE user_id = ?)',
      // Their ids stay: should the user come back, what was revoked, or given to the old account, must not count again.
      "UPDATE grants SET client_id = '', client_key = '', capabilities = '' WHERE user_id = ?",
      'DELETE FROM locks WHERE user_id = ?',
    ].map((sql) => db.prepare<[number]>(sql))
    this.#next = db
      .prepare<[], [id: number, publicKey: string, logEnd: number]>(
        'SELECT id, public_key, log_end FROM users WHERE deleted_at IS NOT NULL AND is_swept = 0 LIMIT 1',
      )
      .raw()
    this.#entries = db
      .prepare<[number, number], SweepEntry>(
        'SELECT id, path, blob_id, is_inline FROM entries WHERE user_id = ? ORDER BY path LIMIT ?',
      )
      .raw()
    this.#deleteEntry = db.prepare<[number]>('DELETE FROM entries WHERE id = ?')
    this.#oldEvents = db
      .prepare<[number, number, number], number>(
        `SELECT id FROM events INDEXED BY events_user
         WHERE user_id = ? AND is_private IN (0, 1) AND id <= ? LIMIT ?`,
      )
      .pluck()
    this.#deleteEvent = db.prepare<[number]>('DELETE FROM events WHERE id = ?')
    this.#insertEvent = db.prepare(
      'INSERT INTO events (id, user_id, is_private, path, content_hash, at) VALUES (?, ?, 0, ?, NULL, ?)',
    )
    this.#finish = db.prepare<[number]>('UPDATE users SET is_swept = 1 WHERE id = ?')
  }

  deleteUser([user, now]: [UserId, number]): boolean {
    if (this.#mark.run(now, this.#events.lastId, user).changes === 0) return false
    for (const statement of this.#dropAccess) statement.run(user)
    return true
  }

  sweepDeletedUsers([limit, now]: [number, number]): DeletedUserSweep {
    const user = this.#next.get()
    if (user === undefined) return { done: true, events: [], orphans: [] }
    const [userId, publicKey, logEnd] = user
    const events: EventRecord[] = []
    const orphans: string[] = []
    const entries = this.#entries.all(userId, limit)
    for (const [entryId, path, blobId, isInline] of entries) {
      this.#deleteEntry.run(entryId)
      if (isInline === 0) orphans.push(blobId)
      if (!path.startsWith('/pub/')) continue
      const { id, at } = this.#events.next(now)
      this.#insertEvent.run(id, userId, path, at)
      events.push({ id, type: 'DEL', userId, user: publicKey, path, contentHash: undefined, at })
    }
    if (entries.length === 0) this.#sweepEvents(userId, logEnd, limit)
    return { done: false, events, orphans }
  }

  /** What stays of the log are the deletions just told; they name no content. */
  #sweepEvents(userId: UserId, logEnd: number, limit: number): void {
    const old = this.#oldEvents.all(userId, logEnd, limit)
    for (const id of old) this.#deleteEvent.run(id)
    this.#events.remember()
    if (old.length < limit) this.#finish.run(userId)
  }
}
