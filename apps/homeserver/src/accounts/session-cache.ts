import type { Store } from '../store/store.ts'
import type { Session } from './session.ts'

/** Sessions kept in memory. */
const MAX_SESSIONS = 100_000
/** Capabilities of all of them together, each by the characters of its text and by {@link SCOPE_WEIGHT}. */
const MAX_WEIGHT = 33_554_432
const SCOPE_WEIGHT = 128

/**
 * Live sessions by their secret, so that authenticating costs no I/O. What the store revokes is dropped in the turn in
 * which the revocation is acknowledged. Over a shared store nothing is kept: a session that another process ended must be
 * refused here from that moment on.
 */
export class SessionCache {
  readonly #sessions = new Map<string, Session>()
  /** Secret by credential. */
  readonly #secrets = new Map<string, string>()
  #weight = 0
  /** Counts revocations: a session read before one must not be kept after it. */
  #revision = 0
  readonly #isKeeping: boolean

  constructor(store: Store) {
    this.#isKeeping = !store.isShared
    if (!this.#isKeeping) return
    store.watch((notice) => {
      switch (notice.kind) {
        case 'cookie-session-revoked':
          this.#drop(`cookie:${notice.sessionId}`)
          break
        case 'bearer-replaced':
        case 'grant-revoked':
          this.#drop(`grant:${notice.grantId}`)
          break
        case 'user-deleted':
          this.#revision += 1
          for (const session of this.#sessions.values()) {
            if (session.userId === notice.userId) this.#drop(credentialOf(session))
          }
      }
    })
  }

  /** To be read before asking the store, and passed to {@link keep}. */
  get revision(): number {
    return this.#revision
  }

  get(secret: string): Session | undefined {
    return this.#sessions.get(secret)
  }

  /** Keeps a session, unless something was revoked since `revision`. */
  keep(secret: string, session: Session, revision: number): void {
    if (!this.#isKeeping || revision !== this.#revision) return
    const credential = credentialOf(session)
    this.#forget(credential)
    this.#sessions.set(secret, session)
    this.#secrets.set(credential, secret)
    this.#weight += weightOf(session)
    for (const oldest of this.#sessions.values()) {
      if (this.#sessions.size <= MAX_SESSIONS && this.#weight <= MAX_WEIGHT) break
      this.#forget(credentialOf(oldest))
    }
  }

  #drop(credential: string): void {
    this.#revision += 1
    this.#forget(credential)
  }

  #forget(credential: string): void {
    const secret = this.#secrets.get(credential)
    if (secret === undefined) return
    const session = this.#sessions.get(secret)
    if (session) this.#weight -= weightOf(session)
    this.#secrets.delete(credential)
    this.#sessions.delete(secret)
  }
}

function weightOf({ capabilities, scopes }: Session): number {
  return capabilities.length + SCOPE_WEIGHT * scopes.length
}

function credentialOf(session: Session): string {
  return session.kind === 'cookie' ? `cookie:${session.id}` : `grant:${session.grant.id}`
}
