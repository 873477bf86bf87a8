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
import type { Connection } from './connection.ts'

/** Questions about users, sign-up tokens, cookie sessions and keys, on one connection. */
export class AccountReads {
  readonly #db: Connection
  readonly #user
  readonly #userKey
  readonly #token
  readonly #tokens
  readonly #session
  readonly #liveSessions
  readonly #userTotals
  readonly #tokenTotals
  readonly #setting

  constructor(db: Connection) {
    this.#db = db
    this.#user = db.prepare<[string], UserRow>(
      `SELECT ${USER_COLUMNS} FROM users WHERE public_key = ? AND deleted_at IS NULL`,
    )
    this.#userKey = db.prepare<[number, number], { generation: number; root_key_id: Buffer; wrapped: Buffer }>(
      'SELECT generation, root_key_id, wrapped FROM user_keys WHERE user_id = ? AND generation = ?',
    )
    const token = `SELECT lookup, sealed, created_at, used_at, used_by, ${QUOTA_COLUMNS} FROM signup_tokens`
    this.#token = db.prepare<[Uint8Array], SignupTokenRow>(`${token} WHERE lookup = ?`)
    this.#tokens = {
      all: db.prepare<[], SignupTokenRow>(token),
      used: db.prepare<[], SignupTokenRow>(`${token} WHERE used_at IS NOT NULL`),
      unused: db.prepare<[], SignupTokenRow>(`${token} WHERE used_at IS NULL`),
    }
    const session = `SELECT s.id, s.user_id, u.public_key, s.capabilities, s.created_at, s.expires_at
       FROM cookie_sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL`
    // A bare variable would make SQLite prepare the join anew at each use, which costs ten times the look-up.
    this.#session = db.prepare<[Uint8Array], CookieSessionRow>(`${session} WHERE s.secret_hash = +?`)
    this.#liveSessions = db.prepare<[number, number, number], CookieSessionRow>(
      `${session} WHERE s.user_id = ? AND s.expires_at > ? ORDER BY s.id DESC LIMIT ?`,
    )
    this.#userTotals = db.prepare<[], { users: number; disabled: number; used: number }>(
      `SELECT count(*) AS users, coalesce(sum(disabled), 0) AS disabled, coalesce(sum(used_bytes), 0) AS used
       FROM users WHERE deleted_at IS NULL`,
    )
    this.#tokenTotals = db.prepare<[], { tokens: number; unused: number }>(
      'SELECT count(*) AS tokens, coalesce(sum(used_at IS NULL), 0) AS unused FROM signup_tokens',
    )
    this.#setting = db.prepare<[string], Buffer>('SELECT value FROM settings WHERE name = ?').pluck()
  }

  findUser(publicKey: string): UserRecord | undefined {
    const row = this.#user.get(publicKey)
    return row === undefined ? undefined : fromUserRow(row)
  }

  findUserKey(user: UserId, generation: number): WrappedUserKey | undefined {
    const row = this.#userKey.get(user, generation)
    return row === undefined
      ? undefined
      : { generation: row.generation, rootKeyId: row.root_key_id, wrapped: row.wrapped }
  }

  findSignupToken(lookup: Uint8Array): SignupTokenRecord | undefined {
    const row = this.#token.get(lookup)
    return row === undefined ? undefined : fromSignupTokenRow(row)
  }

  listSignupTokens(state: 'all' | 'used' | 'unused'): readonly SignupTokenRecord[] {
    return this.#tokens[state].all().map(fromSignupTokenRow)
  }

  findCookieSession(secretHash: Uint8Array): CookieSessionRecord | undefined {
    const row = this.#session.get(secretHash)
    return row === undefined ? undefined : fromCookieSessionRow(row)
  }

  liveCookieSessions(user: UserId, now: number): readonly CookieSessionRecord[] {
    return this.#liveSessions.all(user, now, MAX_LISTED_SESSIONS).map(fromCookieSessionRow)
  }

  setting(name: string): Uint8Array | undefined {
    return this.#setting.get(name)
  }

  reusableBytes(): number {
    const pages = this.#db.pragma('freelist_count', { simple: true })
    const pageBytes = this.#db.pragma('page_size', { simple: true })
    return Number(pages) * Number(pageBytes)
  }

  statistics(): StoreStatistics {
    const users = this.#userTotals.get()
    const tokens = this.#tokenTotals.get()
    return {
      users: users?.users ?? 0,
      disabledUsers: users?.disabled ?? 0,
      usedBytes: users?.used ?? 0,
      signupTokens: tokens?.tokens ?? 0,
      unusedSignupTokens: tokens?.unused ?? 0,
    }
  }

  listUsers(query: UserQuery): readonly UserRecord[] {
    const column = query.sortBy === 'createdAt' ? 'created_at' : 'used_bytes'
    const direction = query.reverse ? 'DESC' : 'ASC'
    const where = ['deleted_at IS NULL']
    const values: number[] = []
    if (query.state !== 'all') where.push(query.state === 'disabled' ? 'disabled = 1' : 'disabled = 0')
    if (query.after !== undefined) {
      where.push(`(${column}, id) ${query.reverse ? '<' : '>'} (?, ?)`)
      values.push(query.sortBy === 'createdAt' ? query.after.createdAt : query.after.usedBytes, query.after.id)
    }
    return this.#db
      .prepare<number[], UserRow>(
        `SELECT ${USER_COLUMNS} FROM users WHERE ${where.join(' AND ')}
         ORDER BY ${column} ${direction}, id ${direction} LIMIT ?`,
      )
      .all(...values, query.limit)
      .map(fromUserRow)
  }
}
