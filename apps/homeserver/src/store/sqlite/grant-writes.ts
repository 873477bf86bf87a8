import type { GrantRecord, GrantRedemption, RedeemGrantOutcome } from '../store.ts'
import type { Connection } from './connection.ts'
import { GrantReads } from './grant-reads.ts'

/** Storing, exchanging and revoking grants. */
export class GrantWrites {
  readonly #reads: GrantReads
  readonly #userExists
  readonly #isStored
  readonly #insert
  readonly #bearer
  readonly #dropBearer
  readonly #revoke

  constructor(db: Connection) {
    this.#reads = new GrantReads(db)
    this.#userExists = db.prepare<[number], number>('SELECT 1 FROM users WHERE id = ? AND deleted_at IS NULL').pluck()
    this.#isStored = db.prepare<[string], number>('SELECT 1 FROM grants WHERE id = ?').pluck()
    this.#insert = db.prepare(
      `INSERT INTO grants (id, user_id, client_id, client_key, capabilities, issued_at, expires_at, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#bearer = db.prepare('INSERT OR REPLACE INTO bearers (grant_id, token_hash, expires_at) VALUES (?, ?, ?)')
    this.#dropBearer = db.prepare<[string]>('DELETE FROM bearers WHERE grant_id = ?')
    this.#revoke = db.prepare('UPDATE grants SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?')
  }

  redeemGrant({ grant, tokenHash, tokenExpiresAtSeconds, nowSeconds }: GrantRedemption): RedeemGrantOutcome {
    if (this.#userExists.get(grant.userId) === undefined) return { outcome: 'user-unknown' }
    const stored = this.#reads.findGrant(grant.id)
    if (stored === undefined) {
      // A row that the join above hides belongs to somebody whose account is gone.
      if (this.#isStored.get(grant.id) !== undefined) return { outcome: 'id-in-use' }
      if (grant.expiresAtSeconds <= nowSeconds) return { outcome: 'expired' }
      this.#insert.run(
        grant.id,
        grant.userId,
        grant.clientId,
        grant.clientKey,
        grant.capabilities,
        grant.issuedAtSeconds,
        grant.expiresAtSeconds,
        grant.createdAt,
      )
    } else {
      if (!isSameGrant(stored, grant)) return { outcome: 'id-in-use' }
      if (stored.revokedAtSeconds !== undefined) return { outcome: 'revoked' }
      if (stored.expiresAtSeconds <= nowSeconds) return { outcome: 'expired' }
    }
    this.#bearer.run(grant.id, tokenHash, tokenExpiresAtSeconds)
    return { outcome: 'redeemed', grant: stored ?? { ...grant, revokedAtSeconds: undefined } }
  }

  revokeGrant([id, nowSeconds]: [string, number]): boolean {
    this.#dropBearer.run(id)
    return this.#revoke.run(nowSeconds, id).changes > 0
  }
}

function isSameGrant(stored: GrantRecord, presented: Omit<GrantRecord, 'revokedAtSeconds'>): boolean {
  return (
    stored.userId === presented.userId &&
    stored.clientId === presented.clientId &&
    stored.clientKey === presented.clientKey &&
    stored.capabilities === presented.capabilities &&
    stored.issuedAtSeconds === presented.issuedAtSeconds &&
    stored.expiresAtSeconds === presented.expiresAtSeconds
  )
}
