import type { QuotaOverrides, StoreStatistics, UserId } from '../store/store.ts'

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

/** Limits every user has unless overridden (spec 03 §5.2 `storage`, `default_quotas`). */
export interface DefaultQuota {
  /** `undefined` = unlimited, 0 = nothing may be stored. */
  readonly storageMb: number | undefined
  readonly rateRead: string | undefined
  readonly rateWrite: string | undefined
  readonly rateReadBurst: number | undefined
  readonly rateWriteBurst: number | undefined
}

/** JSON of `GET /users/{z32}/quota` (spec 03 §2.8). */
export interface QuotaReport {
  readonly effective: {
    readonly storage_quota_mb: number | 'unlimited'
    readonly rate_read: string
    readonly rate_write: string
    readonly rate_read_burst?: number
    readonly rate_write_burst?: number
    readonly allowed_write_paths?: readonly string[]
  }
  readonly overrides: QuotaJson
}

/** Quota members as they travel in JSON: absent = default. */
export interface QuotaJson {
  readonly storage_quota_mb?: number | 'unlimited'
  readonly rate_read?: string
  readonly rate_write?: string
  readonly rate_read_burst?: number
  readonly rate_write_burst?: number
  readonly allowed_write_paths?: readonly string[]
}

/** A change of a quota: absent = keep, null = back to default. Shapes are checked at the edge, meaning here. */
export type QuotaPatch = { readonly [Name in keyof QuotaJson]?: QuotaJson[Name] | null }

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
  readonly quota: QuotaReport['effective']
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

/** Accounts: lookup from memory, and what the operator may do with them. */
export class Users {
  /** The account if it is in memory already; no I/O. `publicKey` is canonical z32. */
  cached(_publicKey: string): User | undefined {
    throw new Error('being written')
  }

  /** The account, or undefined. */
  find(_publicKey: string): Promise<User | undefined> {
    throw new Error('being written')
  }

  /** @throws HomeserverError `user-unknown` */
  get(_publicKey: string): Promise<User> {
    throw new Error('being written')
  }

  /** Storage limit in bytes that holds for the user; undefined = none. */
  storageLimit(_user: User): number | undefined {
    throw new Error('being written')
  }

  /** Disables or enables (spec 03 §2.7). @throws HomeserverError `user-unknown` */
  setDisabled(_publicKey: string, _disabled: boolean): Promise<void> {
    throw new Error('being written')
  }

  /** @throws HomeserverError `user-unknown` */
  quota(_publicKey: string): Promise<QuotaReport> {
    throw new Error('being written')
  }

  /** Merges and validates (spec 03 §2.8). @throws HomeserverError `user-unknown`, `quota-invalid` */
  patchQuota(_publicKey: string, _patch: QuotaPatch): Promise<void> {
    throw new Error('being written')
  }

  /** A page and the cursor of the next one. @throws HomeserverError `cursor-unknown` */
  list(
    _query: UserListQuery,
  ): Promise<{ readonly items: readonly UserDetails[]; readonly nextCursor: string | undefined }> {
    throw new Error('being written')
  }

  /** @throws HomeserverError `user-unknown` */
  details(_publicKey: string): Promise<UserDetails> {
    throw new Error('being written')
  }

  /** Own usage and limits. @throws HomeserverError `user-unknown` */
  usage(_publicKey: string): Promise<Usage> {
    throw new Error('being written')
  }

  /** Numbers for the operator's `GET /info`. */
  statistics(): Promise<StoreStatistics> {
    throw new Error('being written')
  }

  /**
   * Deletes the account with everything it stored: keys, sessions and grants at once, then entry by entry, with a `DEL`
   * event for each public one. Resolves when all is gone. @throws HomeserverError `user-unknown`
   */
  delete(_publicKey: string): Promise<void> {
    throw new Error('being written')
  }
}
