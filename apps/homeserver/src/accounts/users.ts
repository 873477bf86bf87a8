import { PublicKey } from '@pubky/crypto'
import { HomeserverError } from '../error.ts'
import type { QuotaOverrides, Store, StoreStatistics, UserId, UserRecord } from '../store/store.ts'
import {
  applyPatch,
  checkPatch,
  type DefaultQuota,
  type EffectiveQuota,
  NO_OVERRIDES,
  type QuotaPatch,
  type QuotaReport,
  reportQuota,
  storageLimit,
} from './quota.ts'

export type { DefaultQuota, QuotaJson, QuotaPatch, QuotaReport } from './quota.ts'

/** An account as the services see it; a snapshot that is replaced when the operator changes the account. */
export interface User {
  readonly id: UserId
  /** Canonical z32. */
  readonly publicKey: string
  readonly publicKeyBytes: Uint8Array
  readonly disabled: boolean
  /** Microseconds since the epoch. */
  readonly createdAt: number
  readonly quota: QuotaOverrides
}

/** An account in the operator's list (spec 03 §2.13). */
export interface UserDetails {
  readonly publicKey: string
  readonly createdAt: number
  readonly disabled: boolean
  readonly usedBytes: number
  readonly quota: QuotaReport
}

/** A signed-in user's own numbers (addition announced in `/info`). */
export interface Usage {
  readonly usedBytes: number
  /** `undefined` = unlimited. */
  readonly limitBytes: number | undefined
  readonly entries: number
  readonly contentBytes: number
  readonly quota: EffectiveQuota
}

/** Query of {@link Users.list}; values already parsed, `cursor` is a z32 key. */
export interface UserListQuery {
  readonly state: 'all' | 'enabled' | 'disabled'
  readonly sortBy: 'createdAt' | 'usedBytes'
  readonly reverse: boolean
  /** 1…1000. */
  readonly limit: number
  readonly cursor: string | undefined
}

/** Accounts kept in memory; the rest is read again. */
const MAX_CACHED = 50_000
/** How old the account of {@link Users.recent} may be over a shared store, in milliseconds. */
const MAX_AGE_MS = 1_000

/** An account with the time it was read, by the monotonic clock in milliseconds. */
interface KeptUser {
  readonly user: User
  readonly readAt: number
}

/**
 * Accounts: lookup from memory, and what the operator may do with them. Over a shared store each lookup asks it: what
 * another process disabled, limited or deleted holds here at once.
 */
export class Users {
  readonly #store: Store
  readonly #defaults: DefaultQuota
  readonly #erase: (user: User) => Promise<void>
  readonly #isShared: boolean
  readonly #cached = new Map<string, KeptUser>()
  readonly #cachedById = new Map<UserId, User>()
  /** Counts changes: what was read before one must not be kept after it. */
  #revision = 0

  /** @param components.erase removes everything an account stored */
  constructor(
    components: { readonly store: Store; readonly erase: (user: User) => Promise<void> },
    init: { readonly defaultQuota: DefaultQuota },
  ) {
    this.#store = components.store
    this.#isShared = components.store.isShared
    this.#erase = components.erase
    this.#defaults = init.defaultQuota
    this.#store.watch((notice) => {
      if (notice.kind === 'user-changed' || notice.kind === 'user-deleted') this.#drop(notice.userId)
    })
  }

  /** The account if it is in memory and known to be as it was; no I/O. `publicKey` is canonical z32. */
  cached(publicKey: string): User | undefined {
    return this.#isShared ? undefined : this.#cached.get(publicKey)?.user
  }

  /** As {@link cached}, but possibly as it was up to a second ago: for what is measured loosely anyway. */
  recent(publicKey: string): User | undefined {
    const kept = this.#cached.get(publicKey)
    if (kept === undefined) return undefined
    return this.#isShared && performance.now() - kept.readAt > MAX_AGE_MS ? undefined : kept.user
  }

  /** The account, or undefined. */
  async find(publicKey: string): Promise<User | undefined> {
    const cached = this.cached(publicKey)
    if (cached !== undefined) return cached
    const revision = this.#revision
    const readAt = performance.now()
    const record = await this.#store.findUser(publicKey)
    if (record === undefined) return undefined
    const user = toUser(record)
    if (revision === this.#revision) this.#keep({ user, readAt })
    return user
  }

  /** @throws HomeserverError `user-unknown` */
  async get(publicKey: string): Promise<User> {
    return (await this.find(publicKey)) ?? unknown()
  }

  /** Storage limit in bytes that holds for the user; undefined = none. */
  storageLimit(user: User): number | undefined {
    return storageLimit(user.quota, this.#defaults)
  }

  /** Bytes the user has in use now. */
  async usedBytes(user: User): Promise<number> {
    return (await this.#store.findUser(user.publicKey))?.usedBytes ?? 0
  }

  /** Limit for users without an override, in bytes; undefined = none. */
  get defaultStorageLimit(): number | undefined {
    return storageLimit(NO_OVERRIDES, this.#defaults)
  }

  /** Disables or enables (spec 03 §2.7). @throws HomeserverError `user-unknown` */
  async setDisabled(publicKey: string, disabled: boolean): Promise<void> {
    const user = await this.get(publicKey)
    if (!(await this.#store.setUserDisabled(user.id, disabled))) unknown()
  }

  /** @throws HomeserverError `user-unknown` */
  async quota(publicKey: string): Promise<QuotaReport> {
    return reportQuota((await this.get(publicKey)).quota, this.#defaults)
  }

  /** Merges and validates (spec 03 §2.8). @throws HomeserverError `user-unknown`, `quota-invalid` */
  async patchQuota(publicKey: string, patch: QuotaPatch): Promise<void> {
    checkPatch(patch)
    for (;;) {
      const record = (await this.#store.findUser(publicKey)) ?? unknown()
      const merged = applyPatch(record.quota, patch)
      // Somebody else's change in between is merged into, not overwritten.
      if (await this.#store.replaceUserQuota(record.id, record.quota, merged)) return
    }
  }

  /** A page and the cursor of the next one. @throws HomeserverError `cursor-unknown` */
  async list(
    query: UserListQuery,
  ): Promise<{ readonly items: readonly UserDetails[]; readonly nextCursor: string | undefined }> {
    const { cursor, limit, ...order } = query
    const after = cursor === undefined ? undefined : await this.#store.findUser(cursor)
    if (cursor !== undefined && after === undefined) throw new HomeserverError('cursor-unknown', 'Unknown cursor')
    const found = await this.#store.listUsers({ ...order, limit: limit + 1, after })
    const items = found.slice(0, limit).map((record) => this.#toDetails(record))
    return { items, nextCursor: found.length > limit ? items.at(-1)?.publicKey : undefined }
  }

  /** @throws HomeserverError `user-unknown` */
  async details(publicKey: string): Promise<UserDetails> {
    return this.#toDetails((await this.#store.findUser(publicKey)) ?? unknown())
  }

  /** Own usage and limits. @throws HomeserverError `user-unknown` */
  async usage(publicKey: string): Promise<Usage> {
    const record = (await this.#store.findUser(publicKey)) ?? unknown()
    return {
      usedBytes: record.usedBytes,
      limitBytes: storageLimit(record.quota, this.#defaults),
      ...(await this.#store.entryTotals(record.id)),
      quota: reportQuota(record.quota, this.#defaults).effective,
    }
  }

  /** Numbers for the operator's `GET /info`. */
  statistics(): Promise<StoreStatistics> {
    return this.#store.statistics()
  }

  /**
   * Deletes the account with everything it stored: keys, sessions and grants at once, then entry by entry, with a `DEL`
   * event for each public one. Resolves when all is gone. @throws HomeserverError `user-unknown`
   */
  async delete(publicKey: string): Promise<void> {
    await this.#erase(await this.get(publicKey))
  }

  #toDetails(record: UserRecord): UserDetails {
    return {
      publicKey: record.publicKey,
      createdAt: record.createdAt,
      disabled: record.disabled,
      usedBytes: record.usedBytes,
      quota: reportQuota(record.quota, this.#defaults),
    }
  }

  #keep(kept: KeptUser): void {
    const { user } = kept
    if (this.#cached.size >= MAX_CACHED) {
      const oldest = this.#cached.values().next()
      if (!oldest.done) this.#forget(oldest.value.user)
    }
    this.#cached.set(user.publicKey, kept)
    this.#cachedById.set(user.id, user)
  }

  #drop(id: UserId): void {
    this.#revision += 1
    const user = this.#cachedById.get(id)
    if (user !== undefined) this.#forget(user)
  }

  #forget(user: User): void {
    this.#cached.delete(user.publicKey)
    this.#cachedById.delete(user.id)
  }
}

/** The services' view of a stored account. */
function toUser(record: UserRecord): User {
  const { id, publicKey, disabled, createdAt, quota } = record
  return { id, publicKey, publicKeyBytes: PublicKey.fromZ32(publicKey).bytes, disabled, createdAt, quota }
}

function unknown(): never {
  throw new HomeserverError('user-unknown', 'Not Found')
}
