import type { GrantRecord } from '../store/store.ts'
import type { GrantSession, Session } from './session.ts'

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

/** Grants with proof of possession (spec 02 §9.8–9.13). */
export class Grants {
  /**
   * Sign-up by grant (spec 02 §9.8); stores neither grant nor session.
   * @throws HomeserverError `signup-token-malformed`, grant and PoP codes, `signup-grant-…`, `root-required`,
   *   `pop-replayed`, `user-exists`, `signup-token-required`, `signup-token-invalid`, `signup-token-used`
   */
  signUp(_proof: GrantProof, _signupToken: string | undefined): Promise<void> {
    throw new Error('being written')
  }

  /**
   * Exchanges grant and proof for a bearer (spec 02 §9.9).
   * @throws HomeserverError grant and PoP codes, `grant-revoked`, `pop-replayed`, `user-unknown`, `grant-lapsed`,
   *   `grant-id-in-use`
   */
  exchange(_proof: GrantProof): Promise<MintedBearer> {
    throw new Error('being written')
  }

  /** Revokes the grant behind a bearer session. Idempotent. */
  signOut(_session: GrantSession): Promise<void> {
    throw new Error('being written')
  }

  /**
   * Revokes by grant and proof, without a bearer (spec 02 §9.11).
   * @throws HomeserverError grant codes except expiry, PoP codes, `pop-replayed`, `grant-unknown`, `grant-not-yours`
   */
  signOutByProof(_proof: GrantProof): Promise<void> {
    throw new Error('being written')
  }

  /** Live grants of the session's user (spec 02 §9.12). @throws HomeserverError `no-session`, `root-required` */
  list(_session: Session | undefined): Promise<readonly GrantRecord[]> {
    throw new Error('being written')
  }

  /**
   * Revokes one grant of the session's user (spec 02 §9.13).
   * @throws HomeserverError `no-session`, `root-required`, `grant-id-malformed`, `grant-unknown`, `grant-not-yours`
   */
  revoke(_session: Session | undefined, _grantId: string): Promise<void> {
    throw new Error('being written')
  }
}
