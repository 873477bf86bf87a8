/**
 * The one persistence interface. Each write method is one transaction and one thing that happened, durable when its
 * promise resolves; each read method is named after its question and sees every write acknowledged before it was
 * called (spec 02 §14.1). Rules live above: a store compares and remembers, it does not decide who may.
 *
 * Conventions: users are named by their canonical z32 text or by the store's own {@link UserId}; times are microseconds
 * since the epoch unless a name says otherwise; a method that can lose a race answers with a closed set of outcomes
 * instead of throwing. Throws {@link HomeserverError} `disk-full`, `storage-failed` or `closed` only.
 */
export interface Store extends AsyncDisposable, AccountStore, GrantStore, EntryStore, LockStore, EventStore {
  /** Random 16 bytes fixed when the store was created: the salt of the server's derived keys (spec 03 §16.3). */
  readonly installId: Uint8Array

  /** Value remembered under `name` by {@link rememberSetting}, e.g. the key-check value. */
  setting(name: string): Promise<Uint8Array | undefined>

  /** Remembers `value` under `name` unless something is there already; answers what is there afterwards. */
  rememberSetting(name: string, value: Uint8Array): Promise<Uint8Array>

  /**
   * Tells `listener` what was committed, in commit order, each thing once, and before the promise of the write that
   * did it resolves. With several instances on one database, what others committed is told too. Answers the function
   * that stops it.
   */
  watch(listener: (notice: StoreNotice) => void): () => void

  /** Bytes that deleted rows left behind inside the store, to be used again before it needs more of the disk. */
  reusableBytes(): Promise<number>

  /** Sums for the operator (spec 03 §2.4). */
  statistics(): Promise<StoreStatistics>
}

/** A store's own number for a user; never on the wire, never reused. */
export type UserId = number

/** Something committed that somebody may hold in memory. */
export type StoreNotice =
  | { readonly kind: 'event'; readonly event: EventRecord }
  | { readonly kind: 'cookie-session-revoked'; readonly sessionId: number }
  | { readonly kind: 'bearer-replaced'; readonly grantId: string }
  | { readonly kind: 'grant-revoked'; readonly grantId: string }
  | { readonly kind: 'user-changed'; readonly userId: UserId }
  | { readonly kind: 'user-deleted'; readonly userId: UserId }

/** Numbers of {@link Store.statistics}. */
export interface StoreStatistics {
  readonly users: number
  readonly disabledUsers: number
  /** Sum over all users of content length + 256 per entry. */
  readonly usedBytes: number
  readonly signupTokens: number
  readonly unusedSignupTokens: number
}

// ---------------------------------------------------------------------------------------------------------- accounts

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
   * and copies its quota.
   */
  createUser(account: NewUser): Promise<CreateUserOutcome>

  /** Answers whether the user exists. */
  setUserDisabled(user: UserId, disabled: boolean): Promise<boolean>

  /** Replaces the overrides if they still equal `expected`; else changes nothing and answers false. */
  replaceUserQuota(user: UserId, expected: QuotaOverrides, next: QuotaOverrides): Promise<boolean>

  /**
   * Removes the account's keys, sessions, grants and locks at once, so that nothing of it can be read or written any
   * more; its entries are cleared by {@link sweepDeletedUsers}. Answers false when there is no such account.
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

// ------------------------------------------------------------------------------------------------------------ grants

/** A grant as stored (spec 02 §9.9). Times in whole seconds, as in the signed claims. */
export interface GrantRecord {
  /** The claim `jti`. */
  readonly id: string
  readonly userId: UserId
  readonly user: string
  readonly clientId: string
  /** z32 of the client's proof-of-possession key (claim `cnf`). */
  readonly clientKey: string
  readonly capabilities: string
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
  readonly revokedAtSeconds: number | undefined
  /** Microseconds: when the grant was first exchanged here. */
  readonly createdAt: number
}

/** A live bearer with the grant it stands for. */
export interface BearerRecord {
  readonly grant: GrantRecord
  readonly expiresAtSeconds: number
}

/** A verified grant to be exchanged for a bearer. */
export interface GrantRedemption {
  readonly grant: Omit<GrantRecord, 'revokedAtSeconds'>
  readonly tokenHash: Uint8Array
  readonly tokenExpiresAtSeconds: number
  readonly nowSeconds: number
}

/** Outcome of {@link GrantStore.redeemGrant}. */
export type RedeemGrantOutcome =
  | { readonly outcome: 'redeemed'; readonly grant: GrantRecord }
  | { readonly outcome: 'revoked' | 'expired' | 'id-in-use' | 'user-unknown' }

/** Grants and their bearers. */
export interface GrantStore {
  findGrant(id: string): Promise<GrantRecord | undefined>
  /** Grants of the user that are neither revoked nor expired at `nowSeconds`. */
  liveGrants(user: UserId, nowSeconds: number): Promise<readonly GrantRecord[]>
  findBearer(tokenHash: Uint8Array): Promise<BearerRecord | undefined>

  /**
   * Stores the grant if its id is new and replaces its bearer. A stored grant of that id with any other user, client,
   * key, capabilities or time is `id-in-use` and nothing changes (spec 02 §17 item 1).
   */
  redeemGrant(redemption: GrantRedemption): Promise<RedeemGrantOutcome>

  /** Marks the grant revoked and drops its bearer. Answers whether a grant of that id is stored. */
  revokeGrant(id: string, nowSeconds: number): Promise<boolean>
}

// ----------------------------------------------------------------------------------------------------------- entries

/** What is known about a stored file without opening it. */
export interface EntryRecord {
  readonly id: number
  readonly path: string
  readonly contentLength: number
  readonly contentType: string
  /** Quoted strong validator, ready for the header. */
  readonly etag: string
  readonly createdAt: number
  readonly modifiedAt: number
  /** IMF-fixdate of `modifiedAt`, ready for the header. */
  readonly lastModified: string
  readonly body: BodyReference
}

/** Where and how the bytes of an entry are kept. */
export interface BodyReference {
  /** 32 hex digits: the blob id of spec 03 §16.4, unique over all bodies ever stored. */
  readonly blobId: string
  /** Inline with its row, or an object of the blob back end. */
  readonly place: 'inline' | 'blob'
  /** Generation of the user key the body is sealed with; 0 = not sealed. */
  readonly keyGeneration: number
}

/** An entry together with its inline body, both of one version. */
export interface EntryWithBody {
  readonly entry: EntryRecord
  /** The stored (sealed) bytes when `entry.body.place` is `inline`. */
  readonly inlineBody: Uint8Array | undefined
}

/** RFC 9110 preconditions of a write: lists of quoted tags, or `*`. */
export interface WritePrecondition {
  readonly ifMatch?: '*' | readonly string[]
  readonly ifNoneMatch?: '*' | readonly string[]
}

/** A finished upload, to be made visible. */
export interface WriteCommit {
  readonly userId: UserId
  readonly path: string
  readonly contentLength: number
  readonly contentType: string
  /** The content's hash in standard base64, quoted. */
  readonly etag: string
  readonly modifiedAt: number
  readonly lastModified: string
  readonly body: BodyReference
  /** Stored (sealed) bytes for place `inline`. */
  readonly inlineBody: Uint8Array | undefined
  /** Limit for users without an override, in bytes; `undefined` = none. */
  readonly defaultQuotaBytes: number | undefined
  /** SHA-256 of the lock token the writer presented; the lock must still be live at `now` (spec 02 §10.12.5). */
  readonly lockTokenHash: Uint8Array | undefined
  readonly precondition: WritePrecondition | undefined
  /** The operator writes for disabled users too. */
  readonly evenIfDisabled: boolean
  readonly now: number
}

/** Outcome of {@link EntryStore.commitWrite}. */
export type CommitWriteOutcome =
  | { readonly outcome: 'written'; readonly event: EventRecord; readonly orphan: string | undefined }
  | {
      readonly outcome:
        | 'user-unknown'
        | 'user-disabled'
        | 'lock-lost'
        | 'collision'
        | 'over-quota'
        | 'precondition-failed'
    }

/** A delete to be made. */
export interface DeleteCommit {
  readonly userId: UserId
  readonly path: string
  readonly lockTokenHash: Uint8Array | undefined
  readonly precondition: WritePrecondition | undefined
  readonly now: number
}

/** Outcome of {@link EntryStore.commitDelete}. */
export type CommitDeleteOutcome =
  | { readonly outcome: 'deleted'; readonly event: EventRecord; readonly orphan: string | undefined }
  | { readonly outcome: 'entry-unknown' | 'lock-lost' | 'precondition-failed' }

/** Query of the listing methods. Order is by UTF-8 bytes of the path (spec 02 §10.8). */
export interface ListQuery {
  readonly userId: UserId
  /** Absolute, ends with `/`. */
  readonly directory: string
  /** Strictly after (before, with `reverse`) this path. */
  readonly cursor: string | undefined
  readonly reverse: boolean
  readonly shallow: boolean
  readonly limit: number
}

/** A listed file, or with `shallow` also a folder (its path ends with `/` and it has no entry). */
export interface ListedEntry {
  readonly path: string
  readonly entry: EntryRecord | undefined
}

/** Files. */
export interface EntryStore {
  findEntry(user: UserId, path: string): Promise<EntryRecord | undefined>
  readEntry(user: UserId, path: string): Promise<EntryWithBody | undefined>
  /** Whether the user has an entry at a proper ancestor of `path` or below it (spec 02 §10.5). */
  collides(user: UserId, path: string): Promise<boolean>
  /** Whether anything lies below the directory. */
  hasEntriesBelow(user: UserId, directory: string): Promise<boolean>
  /** Paths only: the wire form of a listing needs no more. */
  listPaths(query: ListQuery): Promise<readonly string[]>
  listEntries(query: ListQuery): Promise<readonly ListedEntry[]>
  /** Live entries of a user: how many and their total content length. */
  entryTotals(user: UserId): Promise<{ readonly entries: number; readonly contentBytes: number }>

  /** Lock, preconditions, collision, quota, then entry + event + usage, all or nothing (spec 02 §14.1). */
  commitWrite(write: WriteCommit): Promise<CommitWriteOutcome>
  /** The same for a delete. */
  commitDelete(deletion: DeleteCommit): Promise<CommitDeleteOutcome>

  /** Which of these blob ids an entry names (for the sweeper). */
  namedBlobs(blobIds: readonly string[]): Promise<ReadonlySet<string>>
}

// ------------------------------------------------------------------------------------------------------------- locks

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

// ------------------------------------------------------------------------------------------------------------ events

/** One line of the log (spec 02 §11.1). Ids rise in commit order. */
export interface EventRecord {
  readonly id: number
  readonly type: 'PUT' | 'DEL'
  readonly userId: UserId
  /** z32. */
  readonly user: string
  readonly path: string
  /** BLAKE3-256 of the content as standard base64 with padding; undefined for `DEL`. */
  readonly contentHash: string | undefined
  readonly at: number
}

/** Query of {@link EventStore.events}: ids in (after, upTo], or with `reverse` in [.., before). */
export interface EventQuery {
  /** One user, or undefined for everybody. */
  readonly userId: UserId | undefined
  /** `public`: paths below `/pub/` only. */
  readonly visibility: 'public' | 'all'
  readonly order: 'ascending' | 'descending'
  /** Strictly after (`ascending`) or before (`descending`) this id; undefined = from the respective end. */
  readonly from: number | undefined
  /** Highest id to return; ids committed later stay for the live phase. */
  readonly upTo: number | undefined
  readonly limit: number
}

/** The log. */
export interface EventStore {
  events(query: EventQuery): Promise<readonly EventRecord[]>
  /** Id of the newest event, 0 when there is none. */
  latestEventId(): Promise<number>
  /** Id of the event whose time equals `at` exactly (legacy cursors). */
  eventIdAt(at: number): Promise<number | undefined>
}
