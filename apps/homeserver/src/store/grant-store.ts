/** What a store keeps of grants. */
import type { UserId } from './user-id.ts'

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

/** Most grants a listing has. */
export const MAX_LISTED_GRANTS = 1_000

/** Grants and their bearers. */
export interface GrantStore {
  findGrant(id: string): Promise<GrantRecord | undefined>
  /**
   * Grants of the user that are neither revoked nor expired at `nowSeconds`, newest first, at most
   * {@link MAX_LISTED_GRANTS}.
   */
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
