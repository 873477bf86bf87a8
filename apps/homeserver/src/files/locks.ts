import { randomUUID } from 'node:crypto'
import { authorizeWrite } from '../accounts/authorize.ts'
import type { Session } from '../accounts/session.ts'
import type { User, Users } from '../accounts/users.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { Store } from '../store/store.ts'
import { hashLockToken, lockLost } from './lock-gate.ts'

/** A granted or refreshed lock. */
export interface LiveLock {
  /** UUID text without `opaquelocktoken:`. */
  readonly token: string
  readonly seconds: number
}

/** Write locks (spec 02 §10.12). Each method authorises first (§7.4, `no-session` → 401 `Unauthorized` at the edge). */
export class Locks {
  readonly #store: Store
  readonly #users: Users
  readonly #clock: Clock
  readonly #maxPerUser: number

  constructor(
    components: { readonly store: Store; readonly users: Users; readonly clock: Clock },
    init: { readonly maxPerUser: number },
  ) {
    this.#store = components.store
    this.#users = components.users
    this.#clock = components.clock
    this.#maxPerUser = init.maxPerUser
  }

  /**
   * Checks 2–6 of spec 02 §10.12.3, to be called before the body is read.
   * @throws HomeserverError authorisation codes, `user-unknown`, `user-disabled`
   */
  async check(session: Session | undefined, tenant: string, path: string): Promise<void> {
    await this.#enabledOwner(session, tenant, path)
  }

  /** A new lock for 1…60 seconds. @throws HomeserverError `resource-locked`, `too-many-locks` and as {@link check} */
  async acquire(session: Session | undefined, tenant: string, path: string, seconds: number): Promise<LiveLock> {
    const user = await this.#enabledOwner(session, tenant, path)
    const token = randomUUID()
    const now = this.#clock()
    const outcome = await this.#store.acquireLock({
      userId: user.id,
      path,
      tokenHash: hashLockToken(token),
      now,
      expiresAt: now + seconds * 1_000_000,
      maxPerUser: this.#maxPerUser,
    })
    if (outcome === 'locked') throw new HomeserverError('resource-locked', 'Resource is locked')
    if (outcome === 'too-many') {
      throw new HomeserverError('too-many-locks', 'Too many live locks', { retryAfterSeconds: 60 })
    }
    return { token, seconds }
  }

  /** Restarts a live lock of which one token is presented. @throws HomeserverError `lock-lost` and as {@link check} */
  async refresh(
    session: Session | undefined,
    tenant: string,
    path: string,
    tokens: readonly string[],
    seconds: number,
  ): Promise<LiveLock> {
    const user = await this.#enabledOwner(session, tenant, path)
    const now = this.#clock()
    const index = await this.#store.extendLock({
      userId: user.id,
      path,
      tokenHashes: tokens.map(hashLockToken),
      now,
      expiresAt: now + seconds * 1_000_000,
      keepLonger: false,
    })
    const token = index === undefined ? undefined : tokens[index]
    if (token === undefined) throw lockLost()
    return { token, seconds }
  }

  /** Releases. @throws HomeserverError authorisation codes, `user-unknown`, `lock-unknown` */
  async release(session: Session | undefined, tenant: string, path: string, token: string): Promise<void> {
    authorizeWrite(session, tenant, path)
    const { id } = await this.#users.get(tenant)
    if (!(await this.#store.releaseLock(id, path, hashLockToken(token)))) {
      throw new HomeserverError('lock-unknown', 'No lock with this token on this path')
    }
  }

  async #enabledOwner(session: Session | undefined, tenant: string, path: string): Promise<User> {
    authorizeWrite(session, tenant, path)
    const user = await this.#users.get(tenant)
    if (user.disabled) throw new HomeserverError('user-disabled', 'User is disabled')
    return user
  }
}
