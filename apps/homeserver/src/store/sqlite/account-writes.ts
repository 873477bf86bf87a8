import { isDeepStrictEqual } from 'node:util'
import { fromUserRow, QUOTA_COLUMNS, toQuotaValues, USER_COLUMNS, type UserRow } from '../rows.ts'
import type {
  CreateUserOutcome,
  NewCookieSession,
  NewSignupToken,
  NewUser,
  QuotaOverrides,
  UserId,
  WrappedUserKey,
} from '../store.ts'
import { AccountReads } from './account-reads.ts'
import type { Connection } from './connection.ts'

/** Creating and changing accounts. */
export class AccountWrites {
  readonly #reads: AccountReads
  readonly #departed
  readonly #redeemToken
  readonly #insertUser
  readonly #insertKey
  readonly #userExists
  readonly #disable
  readonly #quota
  readonly #insertToken
  readonly #insertSession
  readonly #deleteSession
  readonly #spend
  readonly #forgetProofs
  readonly #setting

  constructor(db: Connection) {
    this.#reads = new AccountReads(db)
    this.#departed = db.prepare<[string], UserRow>(
      `SELECT ${USER_COLUMNS} FROM users WHERE public_key = ? AND deleted_at IS NOT NULL ORDER BY id DESC LIMIT 1`,
    )
    this.#redeemToken = db.prepare(
      'UPDATE signup_tokens SET used_at = ?, used_by = ? WHERE lookup = ? AND used_at IS NULL',
    )
    this.#insertUser = db.prepare(
      `INSERT INTO users (public_key, disabled, created_at, ${QUOTA_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#insertKey = db.prepare(
      'INSERT INTO user_keys (user_id, generation, root_key_id, wrapped, created_at) VALUES (?, ?, ?, ?, ?)',
    )
    this.#userExists = db.prepare<[number], number>('SELECT 1 FROM users WHERE id = ? AND deleted_at IS NULL').pluck()
    this.#disable = db.prepare('UPDATE users SET disabled = ? WHERE id = ? AND deleted_at IS NULL')
    this.#quota = db.prepare(
      `UPDATE users SET storage_mb = ?, rate_read = ?, rate_write = ?, rate_read_burst = ?, rate_write_burst = ?,
         allowed_write_paths = ?
       WHERE id = ? AND deleted_at IS NULL AND storage_mb IS ? AND rate_read IS ? AND rate_write IS ?
         AND rate_read_burst IS ? AND rate_write_burst IS ? AND allowed_write_paths IS ?`,
    )
    this.#insertToken = db.prepare(
      `INSERT INTO signup_tokens (lookup, sealed, created_at, ${QUOTA_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#insertSession = db.prepare(
      `INSERT INTO cookie_sessions (secret_hash, user_id, capabilities, created_at, expires_at)
       SELECT ?, id, ?, ?, ? FROM users WHERE id = ? AND deleted_at IS NULL`,
    )
    this.#deleteSession = db.prepare('DELETE FROM cookie_sessions WHERE id = ?')
    this.#spend = db.prepare(
      `INSERT INTO spent_proofs (proof, expires_at) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?`,
    )
    this.#forgetProofs = db.prepare(
      'DELETE FROM spent_proofs WHERE proof IN (SELECT proof FROM spent_proofs WHERE expires_at <= ? AND proof <> ? LIMIT 100)',
    )
    this.#setting = db.prepare('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING')
  }

  createUser(account: NewUser): CreateUserOutcome {
    const { publicKey, key, tokenLookup, now } = account
    if (this.#reads.findUser(publicKey) !== undefined) return { outcome: 'user-exists' }
    const token = tokenLookup === undefined ? undefined : this.#reads.findSignupToken(tokenLookup)
    if (tokenLookup !== undefined) {
      if (token === undefined) return { outcome: 'token-unknown' }
      if (token.usedAt !== undefined) return { outcome: 'token-used' }
      this.#redeemToken.run(now, publicKey, tokenLookup)
    }
    // What the operator decided about a key outlives its accounts.
    const departed = this.#departed.get(publicKey)
    const { disabled, quota: formerQuota } = departed === undefined ? NEW : fromUserRow(departed)
    const quota = token === undefined || isDeepStrictEqual(token.quota, NO_OVERRIDES) ? formerQuota : token.quota
    const { lastInsertRowid } = this.#insertUser.run(publicKey, disabled ? 1 : 0, now, ...toQuotaValues(quota))
    const id = Number(lastInsertRowid)
    if (key !== undefined) this.#insertKey.run(id, key.generation, key.rootKeyId, key.wrapped, now)
    return { outcome: 'created', user: { id, publicKey, disabled, usedBytes: 0, createdAt: now, quota } }
  }

  rememberUserKey([user, key, now]: [UserId, WrappedUserKey, number]): WrappedUserKey | undefined {
    const known = this.#reads.findUserKey(user, key.generation)
    if (known !== undefined || this.#userExists.get(user) === undefined) return known
    this.#insertKey.run(user, key.generation, key.rootKeyId, key.wrapped, now)
    return key
  }

  setUserDisabled([user, disabled]: [UserId, boolean]): boolean {
    return this.#disable.run(disabled ? 1 : 0, user).changes > 0
  }

  replaceUserQuota([user, expected, next]: [UserId, QuotaOverrides, QuotaOverrides]): boolean {
    return this.#quota.run(...toQuotaValues(next), user, ...toQuotaValues(expected)).changes > 0
  }

  createSignupToken(token: NewSignupToken): void {
    this.#insertToken.run(token.lookup, token.sealed, token.createdAt, ...toQuotaValues(token.quota))
  }

  createCookieSession(session: NewCookieSession): number | undefined {
    const { changes, lastInsertRowid } = this.#insertSession.run(
      session.secretHash,
      session.capabilities,
      session.createdAt,
      session.expiresAt,
      session.userId,
    )
    return changes === 0 ? undefined : Number(lastInsertRowid)
  }

  revokeCookieSession(id: number): boolean {
    return this.#deleteSession.run(id).changes > 0
  }

  spendProof([proof, now, expiresAt]: [string, number, number]): boolean {
    this.#forgetProofs.run(now, proof)
    return this.#spend.run(proof, expiresAt, now).changes > 0
  }

  rememberSetting([name, value]: [string, Uint8Array]): Uint8Array {
    this.#setting.run(name, value)
    return this.#reads.setting(name) ?? value
  }
}

const NO_OVERRIDES: QuotaOverrides = {
  storageMb: null,
  rateRead: null,
  rateWrite: null,
  rateReadBurst: null,
  rateWriteBurst: null,
  allowedWritePaths: null,
}

/** What holds for a key that was never here. */
const NEW = { disabled: false, quota: NO_OVERRIDES }
