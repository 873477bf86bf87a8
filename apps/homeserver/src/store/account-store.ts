/** What a store keeps of accounts, and of what lets people in. */
import type { EventRecord } from './event-store.ts'
import type { UserId } from './user-id.ts'

/** Limits that differ from the configured defaults; `null` = default (spec 03 §2.8). */
export interface QuotaOverrides {
  readonly storageMb: number | 'unlimited' | null
  /** Printed rate such as `100mb/m`, or `unlimited`. */
  readonly rateRead: string | null
  readonly rateWrite: string | null
  readonly rateReadBurst: number | null
  readonly rateWriteBurst: number | null
  /** `null` = unrestricted; `[]` = no writes. */
  readonly allowedWritePaths: readonly string[] | null
}

/** An account. */
export interface UserRecord {
  readonly id: UserId
  /** Canonical z32. */
  readonly publicKey: string
  readonly disabled: boolean
  /** Content length + 256 for each entry. */
  readonly usedBytes: number
  readonly createdAt: number
  readonly quota: QuotaOverrides
}

/** A user's data key, wrapped by the root key (spec 03 §16.3). */
export interface WrappedUserKey {
  readonly generation: number
  /** First 8 bytes of the root key's id. */
  readonly rootKeyId: Uint8Array
  readonly wrapped: Uint8Array
}

/** A sign-up token as stored: looked up by its HMAC, shown to the operator from its sealed text. */
export interface SignupTokenRecord {
  readonly lookup: Uint8Array
  readonly sealed: Uint8Array
  readonly createdAt: number
  readonly usedAt: number | undefined
  /** z32 of the user who redeemed it. */
  readonly usedBy: string | undefined
  readonly quota: QuotaOverrides
}

/** A token to be remembered. */
export type NewSignupToken = Omit<SignupTokenRecord, 'usedAt' | 'usedBy'>

/** A cookie session to be remembered. */
export interface NewCookieSession {
  readonly userId: UserId
  readonly secretHash: Uint8Array
  readonly capabilities: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** How many cookie sessions of one user are listed. */
export const MAX_LISTED_SESSIONS = 1_000

/** A cookie session as stored. */
export interface CookieSessionRecord {
  readonly id: number
  readonly userId: UserId
  /** z32 of the owner. */
  readonly user: string
  /** Canonical capability text. */
  readonly capabilities: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** An account to be created. */
export interface NewUser {
  readonly publicKey: string
  /** Its first data key; undefined when nothing is sealed. */
  readonly key: WrappedUserKey | undefined
  /** The sign-up token to redeem. */
  readonly tokenLookup: Uint8Array | undefined
  readonly now: number
}

/** Outcome of {@link AccountStore.createUser}. */
export type CreateUserOutcome =
  | { readonly outcome: 'created'; readonly user: UserRecord }
  | { readonly outcome: 'user-exists' | 'token-unknown' | 'token-used' }

/** Users, sign-up tokens, cookie sessions, spent proofs. */
export interface AccountStore {
  findUser(publicKey: string): Promise<UserRecord | undefined>

  /** A page of users in the order of spec 03 §2.13, strictly after `after`. */
  listUsers(query: UserQuery): Promise<readonly UserRecord[]>

  /**
   * Creates the account and its first data key; with `tokenLookup`, redeems that sign-up token in the same transaction
   * and copies its quota. A key that deleted its account stays disabled, and without limits of a token keeps the
   * overrides it had.
   */
  createUser(account: NewUser): Promise<CreateUserOutcome>

  /** Answers whether the user exists. */
  setUserDisabled(user: UserId, disabled: boolean): Promise<boolean>

  /** Replaces the overrides if they still equal `expected`; else changes nothing and answers false. */
  replaceUserQuota(user: UserId, expected: QuotaOverrides, next: QuotaOverrides): Promise<boolean>

  /**
   * Removes the account's keys, sessions, grants (but for their ids, which are never used again) and locks at once, so that
   * nothing of it can be read or written any more; its entries are cleared by {@link sweepDeletedUsers}. Answers false
   * when there is no such account.
   */
  deleteUser(user: UserId, now: number): Promise<boolean>

  /**
   * Clears up to `limit` entries of deleted accounts: each public one with a `DEL` event, private ones silently, with
   * their earlier events. Answers what it did; call again until `done`.
   */
  sweepDeletedUsers(limit: number, now: number): Promise<DeletedUserSweep>

  /** The data key of that generation, still wrapped. */
  findUserKey(user: UserId, generation: number): Promise<WrappedUserKey | undefined>

  /** Gives the account a data key unless it has one of that generation; answers the one it has. Undefined: no such account. */
  rememberUserKey(user: UserId, key: WrappedUserKey, now: number): Promise<WrappedUserKey | undefined>

  /** Remembers a single-use proof (token signature, PoP nonce) until `expiresAt`. False: it was spent before. */
  spendProof(proof: string, now: number, expiresAt: number): Promise<boolean>

  createSignupToken(token: NewSignupToken): Promise<void>
  findSignupToken(lookup: Uint8Array): Promise<SignupTokenRecord | undefined>
  /** All tokens of that state, in no particular order: their text, which orders them, is sealed. */
  listSignupTokens(state: 'all' | 'used' | 'unused'): Promise<readonly SignupTokenRecord[]>

  /** Answers the session's id; undefined when the user is gone. */
  createCookieSession(session: NewCookieSession): Promise<number | undefined>
  findCookieSession(secretHash: Uint8Array): Promise<CookieSessionRecord | undefined>
  /** Those of a user that have not expired by `now`, newest first, at most {@link MAX_LISTED_SESSIONS}. */
  liveCookieSessions(user: UserId, now: number): Promise<readonly CookieSessionRecord[]>
  /** Answers whether the session was there. */
  revokeCookieSession(id: number): Promise<boolean>
}

/** Query of {@link AccountStore.listUsers}. */
export interface UserQuery {
  readonly state: 'all' | 'enabled' | 'disabled'
  readonly sortBy: 'createdAt' | 'usedBytes'
  readonly reverse: boolean
  readonly limit: number
  readonly after: UserRecord | undefined
}

/** One step of {@link AccountStore.sweepDeletedUsers}. */
export interface DeletedUserSweep {
  readonly done: boolean
  readonly events: readonly EventRecord[]
  /** Bodies no row names any more. */
  readonly orphans: readonly string[]
}
