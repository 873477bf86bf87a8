import { randomBytes } from 'node:crypto'
import type { PublicKey } from '@pubky/crypto'
import {
  bearerExpiry,
  bearerHash,
  formatBearer,
  formatCapabilities,
  type Grant,
  isGrantId,
  requireSessionClientId,
  requireSignupGrant,
  requireUnexpired,
  verifyGrant,
  verifyPop,
} from '@pubky/protocol'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { GrantRecord, Store } from '../store/store.ts'
import { requireRoot } from './authorize.ts'
import type { Proofs } from './proofs.ts'
import { checked } from './protocol-errors.ts'
import type { Registration } from './registration.ts'
import { type GrantSession, type Session, toGrantSession } from './session.ts'
import type { SignupTokens } from './signup-tokens.ts'

/** Body of the grant routes: two compact JWS, each with exactly three parts (checked at the edge). */
export interface GrantProof {
  readonly grant: string
  readonly pop: string
}

/** A minted bearer; the token exists only here and in the client. */
export interface MintedBearer {
  /** 43 characters of base64url. */
  readonly token: string
  readonly session: GrantSession
  /** Whole seconds since the epoch. */
  readonly mintedAtSeconds: number
}

const BEARER_BYTES = 32

/** Grants with proof of possession (spec 02 §9.8–9.13). */
export class Grants {
  readonly #store: Store
  readonly #clock: Clock
  readonly #proofs: Proofs
  readonly #registration: Registration
  readonly #signupTokens: SignupTokens
  readonly #homeserver: PublicKey

  /** @param init.homeserver the audience of proofs */
  constructor(
    components: {
      readonly store: Store
      readonly clock: Clock
      readonly proofs: Proofs
      readonly registration: Registration
      readonly signupTokens: SignupTokens
    },
    init: { readonly homeserver: PublicKey },
  ) {
    this.#store = components.store
    this.#clock = components.clock
    this.#proofs = components.proofs
    this.#registration = components.registration
    this.#signupTokens = components.signupTokens
    this.#homeserver = init.homeserver
  }

  /**
   * Sign-up by grant (spec 02 §9.8); stores neither grant nor session.
   * @throws HomeserverError `signup-token-malformed`, grant and PoP codes, `signup-grant-…`, `root-required`,
   *   `pop-replayed`, `user-exists`, `signup-token-required`, `signup-token-invalid`, `signup-token-used`
   */
  async signUp(proof: GrantProof, signupToken: string | undefined): Promise<void> {
    const lookup = this.#signupTokens.lookupFor(signupToken)
    const now = this.#seconds()
    const grant = checked('grant-malformed', () => {
      const verified = verifyGrant(proof.grant)
      requireUnexpired(verified, now)
      requireSignupGrant(verified, now)
      return verified
    })
    await this.#provePossession(grant, proof.pop, now)
    await this.#registration.register(grant.issuer, lookup)
  }

  /**
   * Exchanges grant and proof for a bearer (spec 02 §9.9).
   * @throws HomeserverError grant and PoP codes, `grant-revoked`, `pop-replayed`, `user-unknown`, `grant-lapsed`,
   *   `grant-id-in-use`
   */
  async exchange(proof: GrantProof): Promise<MintedBearer> {
    const now = this.#seconds()
    const grant = checked('grant-malformed', () => {
      const verified = verifyGrant(proof.grant)
      requireUnexpired(verified, now)
      requireSessionClientId(verified)
      return verified
    })
    const stored = await this.#store.findGrant(grant.grantId)
    if (stored?.revokedAtSeconds !== undefined && isOwn(stored, grant)) throw revoked()
    await this.#provePossession(grant, proof.pop, now)
    const user = await this.#store.findUser(grant.issuer.z32())
    if (user === undefined) throw new HomeserverError('user-unknown', 'Not Found')

    const token = formatBearer(randomBytes(BEARER_BYTES))
    const tokenHash = bearerHash(token)
    const expiresAtSeconds = bearerExpiry(now, grant.expiresAt)
    const redeemed = await this.#store.redeemGrant({
      grant: {
        id: grant.grantId,
        userId: user.id,
        user: user.publicKey,
        clientId: grant.clientId,
        clientKey: grant.clientKey.z32(),
        capabilities: formatCapabilities(grant.capabilities),
        issuedAtSeconds: grant.issuedAt,
        expiresAtSeconds: grant.expiresAt,
        createdAt: this.#clock(),
      },
      tokenHash,
      tokenExpiresAtSeconds: expiresAtSeconds,
      nowSeconds: this.#seconds(),
    })
    switch (redeemed.outcome) {
      case 'redeemed':
        return {
          token,
          session: toGrantSession({ grant: redeemed.grant, expiresAtSeconds }, tokenHash),
          mintedAtSeconds: now,
        }
      case 'revoked':
        throw revoked()
      case 'expired':
        throw new HomeserverError('grant-lapsed', 'Grant has expired')
      case 'id-in-use':
        throw new HomeserverError('grant-id-in-use', 'Invalid grant: grant id already in use')
      case 'user-unknown':
        throw new HomeserverError('user-unknown', 'Not Found')
    }
  }

  /** Revokes the grant behind a bearer session. Idempotent. */
  async signOut(session: GrantSession): Promise<void> {
    await this.#store.revokeGrant(session.grant.id, this.#seconds())
  }

  /**
   * Revokes by grant and proof, without a bearer (spec 02 §9.11).
   * @throws HomeserverError grant codes except expiry, PoP codes, `pop-replayed`, `grant-unknown`, `grant-not-yours`
   */
  async signOutByProof(proof: GrantProof): Promise<void> {
    const grant = checked('grant-malformed', () => verifyGrant(proof.grant))
    await this.#provePossession(grant, proof.pop, this.#seconds())
    const stored = await this.#store.findGrant(grant.grantId)
    if (stored === undefined) throw new HomeserverError('grant-unknown', 'Not Found')
    if (!isOwn(stored, grant)) throw notYours()
    await this.#store.revokeGrant(grant.grantId, this.#seconds())
  }

  /** Live grants of the session's user (spec 02 §9.12). @throws HomeserverError `no-session`, `root-required` */
  async list(session: Session | undefined): Promise<readonly GrantRecord[]> {
    return this.#store.liveGrants(requireRoot(session).userId, this.#seconds())
  }

  /**
   * Revokes one grant of the session's user (spec 02 §9.13).
   * @throws HomeserverError `no-session`, `root-required`, `grant-id-malformed`, `grant-unknown`, `grant-not-yours`
   */
  async revoke(session: Session | undefined, grantId: string): Promise<void> {
    const { userId } = requireRoot(session)
    if (!isGrantId(grantId)) throw new HomeserverError('grant-id-malformed', 'Invalid grant ID format')
    const stored = await this.#store.findGrant(grantId)
    if (stored === undefined) throw new HomeserverError('grant-unknown', 'Not Found')
    if (stored.userId !== userId) throw notYours()
    await this.#store.revokeGrant(grantId, this.#seconds())
  }

  async #provePossession(grant: Grant, pop: string, now: number): Promise<void> {
    const { clientKey, grantId } = grant
    const { nonce } = checked('pop-signature', () =>
      verifyPop(pop, { clientKey, audience: this.#homeserver, grantId, now }),
    )
    if (!(await this.#proofs.spend('pop', nonce))) {
      throw new HomeserverError('pop-replayed', 'PoP nonce already used')
    }
  }

  #seconds(): number {
    return Math.floor(this.#clock() / 1_000_000)
  }
}

/** Whether the stored grant was signed by the same user for the same client key. */
function isOwn(stored: GrantRecord, presented: Grant): boolean {
  return stored.user === presented.issuer.z32() && stored.clientKey === presented.clientKey.z32()
}

function revoked(): HomeserverError {
  return new HomeserverError('grant-revoked', 'Grant has been revoked')
}

function notYours(): HomeserverError {
  return new HomeserverError('grant-not-yours', 'Grant does not belong to authenticated user')
}
