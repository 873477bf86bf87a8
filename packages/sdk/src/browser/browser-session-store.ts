import type { Client } from '../client.ts'
import { Freeable } from '../freeable.ts'
import { Session } from '../session/session.ts'
import { hasIndexedDb } from './has-indexed-db.ts'
import { StoredSessionInfo } from './stored-session-info.ts'

/**
 * Keeps grant sessions in the browser, so that users stay signed in (spec 05 §12). Removing one here never revokes it:
 * `session.signout()` does. All methods but `isAvailable` and `list` reject with `ClientStateError` without IndexedDB.
 */
export class BrowserSessionStore extends Freeable {
  readonly #client: Client

  /** @internal Use `pubky.browserSessionStore`. */
  constructor(client: Client) {
    super()
    this.#client = client
  }

  /** Whether sessions can be kept here. */
  async isAvailable(): Promise<boolean> {
    if (!hasIndexedDb()) return false
    const { storedValues } = await import('../later.ts')
    return await storedValues().then(
      () => true,
      () => false,
    )
  }

  /**
   * Keeps a grant session, replacing what is stored under its id, and tells what is kept. Rejects with
   * `ClientStateError` for a cookie session.
   */
  async save(session: Session): Promise<StoredSessionInfo> {
    const { saveStoredSession } = await import('../later.ts')
    return new StoredSessionInfo(await saveStoredSession(session.credential))
  }

  /** All kept sessions; none where nothing can be kept. */
  async list(): Promise<StoredSessionInfo[]> {
    if (!hasIndexedDb()) return []
    const { listStoredSessions } = await import('../later.ts')
    return (await listStoredSessions()).map((record) => new StoredSessionInfo(record))
  }

  /** Signs in again with a kept session. Rejects with `ClientStateError` when it, or its key, is gone. */
  async restore(id: string): Promise<Session> {
    const { restoreStoredSession } = await import('../later.ts')
    return new Session(this.#client, await restoreStoredSession(this.#client, id))
  }

  /** Forgets a session and its key. */
  async remove(id: string): Promise<void> {
    const { removeStoredSession } = await import('../later.ts')
    await removeStoredSession(id)
  }

  /** Forgets all kept sessions and their keys; keys of pending flows stay. */
  async clear(): Promise<void> {
    const { clearStoredSessions } = await import('../later.ts')
    await clearStoredSessions()
  }

  /** Forgets all kept sessions and every key, those of pending flows too. */
  async clearAll(): Promise<void> {
    const { clearBrowserAuth } = await import('../later.ts')
    await clearBrowserAuth()
  }
}
