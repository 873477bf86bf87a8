import { MAX_LISTED_SESSIONS } from '../account-store.ts'
import {
  type CookieSessionRow,
  fromCookieSessionRow,
  fromSignupTokenRow,
  fromUserRow,
  QUOTA_COLUMNS,
  type SignupTokenRow,
  USER_COLUMNS,
  type UserRow,
} from '../rows.ts'
import type {
  CookieSessionRecord,
  SignupTokenRecord,
  StoreStatistics,
  UserId,
  UserQuery,
  UserRecord,
  WrappedUserKey,
} from '../store.ts'
import type { Database } from './database.ts'

const SESSION = `SELECT s.id, s.user_id, u.public_key, s.capabilities, s.created_at, s.expires_at
  FROM cookie_sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL`
const TOKEN = `SELECT lookup, sealed, created_at, used_at, used_by, ${QUOTA_COLUMNS} FROM signup_tokens`
const TOKEN_FILTER = { all: '', used: 'WHERE used_at IS NOT NULL', unused: 'WHERE used_at IS NULL' }

/** Questions about users, sign-up tokens, cookie sessions and keys. */
export class AccountReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async findUser(publicKey: string): Promise<UserRecord | undefined> {
    const row = await this.#db.row<UserRow>(
      `SELECT ${USER_COLUMNS} FROM users WHERE public_key = $1 AND deleted_at IS NULL`,
      [publicKey],
    )
    return row === undefined ? undefined : fromUserRow(row)
  }

  async findUserKey(user: UserId, generation: number): Promise<WrappedUserKey | undefined> {
    const row = await this.#db.row<{ root_key_id: Buffer; wrapped: Buffer }>(
      'SELECT root_key_id, wrapped FROM user_keys WHERE user_id = $1 AND generation = $2',
      [user, generation],
    )
    return row === undefined ? undefined : { generation, rootKeyId: row.root_key_id, wrapped: row.wrapped }
  }

  async findSignupToken(lookup: Uint8Array): Promise<SignupTokenRecord | undefined> {
    const row = await this.#db.row<SignupTokenRow>(`${TOKEN} WHERE lookup = $1`, [lookup])
    return row === undefined ? undefined : fromSignupTokenRow(row)
  }

  async listSignupTokens(state: 'all' | 'used' | 'unused'): Promise<readonly SignupTokenRecord[]> {
    return (await this.#db.rows<SignupTokenRow>(`${TOKEN} ${TOKEN_FILTER[state]}`, [])).map(fromSignupTokenRow)
  }

  async findCookieSession(secretHash: Uint8Array): Promise<CookieSessionRecord | undefined> {
    const row = await this.#db.row<CookieSessionRow>(`${SESSION} WHERE s.secret_hash = $1`, [secretHash])
    return row === undefined ? undefined : fromCookieSessionRow(row)
  }

  async liveCookieSessions(user: UserId, now: number): Promise<readonly CookieSessionRecord[]> {
    const rows = await this.#db.rows<CookieSessionRow>(
      `${SESSION} WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.id DESC LIMIT $3`,
      [user, now, MAX_LISTED_SESSIONS],
    )
    return rows.map(fromCookieSessionRow)
  }

  async setting(name: string): Promise<Uint8Array | undefined> {
    return (await this.#db.row<{ value: Buffer }>('SELECT value FROM settings WHERE name = $1', [name]))?.value
  }

  async statistics(): Promise<StoreStatistics> {
    const row = await this.#db.row<StoreStatistics>(
      `SELECT users, "disabledUsers", "usedBytes", "signupTokens", "unusedSignupTokens"
       FROM (SELECT count(*) AS users, count(*) FILTER (WHERE disabled) AS "disabledUsers",
               coalesce(sum(used_bytes), 0)::bigint AS "usedBytes"
             FROM users WHERE deleted_at IS NULL) AS accounts,
            (SELECT count(*) AS "signupTokens", count(*) FILTER (WHERE used_at IS NULL) AS "unusedSignupTokens"
             FROM signup_tokens) AS tokens`,
      [],
    )
    return row ?? { users: 0, disabledUsers: 0, usedBytes: 0, signupTokens: 0, unusedSignupTokens: 0 }
  }

  async listUsers(query: UserQuery): Promise<readonly UserRecord[]> {
    const column = query.sortBy === 'createdAt' ? 'created_at' : 'used_bytes'
    const direction = query.reverse ? 'DESC' : 'ASC'
    const where = ['deleted_at IS NULL']
    const values = [query.limit]
    if (query.state !== 'all') where.push(query.state === 'disabled' ? 'disabled' : 'NOT disabled')
    if (query.after !== undefined) {
      where.push(`(${column}, id) ${query.reverse ? '<' : '>'} ($2, $3)`)
      values.push(query.sortBy === 'createdAt' ? query.after.createdAt : query.after.usedBytes, query.after.id)
    }
    const rows = await this.#db.rows<UserRow>(
      `SELECT ${USER_COLUMNS} FROM users WHERE ${where.join(' AND ')}
       ORDER BY ${column} ${direction}, id ${direction} LIMIT $1`,
      values,
    )
    return rows.map(fromUserRow)
  }
}
