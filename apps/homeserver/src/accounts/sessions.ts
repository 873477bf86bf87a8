import type { CookieSession, GrantSession, Session } from './session.ts'

/** A new cookie session with its secret, which exists only here and in the client. */
export interface OpenedCookieSession {
  readonly session: CookieSession
  /** 26 characters, the value of the cookie. */
  readonly secret: string
}

/** Which session a request carries, and the cookie flow (spec 02 §7.1, §9.4–9.7). */
export class Sessions {
  /**
   * The session of a bearer (the text after `Bearer `), from memory if possible: then the answer is no promise.
   * Anything unusable is undefined, never an error.
   */
  fromBearer(_token: string): GrantSession | undefined | Promise<GrantSession | undefined> {
    throw new Error('being written')
  }

  /** The session of the cookie named after `tenant` (canonical z32). Same manners as {@link fromBearer}. */
  fromCookie(_tenant: string, _secret: string): CookieSession | undefined | Promise<CookieSession | undefined> {
    throw new Error('being written')
  }

  /**
   * Is the credential still good, according to the store and not to memory (spec 02 §11.3.2 row 10)?
   * @throws HomeserverError `wrong-session-kind`(cookie gone), `session-unknown`, `session-expired`, `grant-revoked`,
   *   `grant-lapsed`
   */
  recheck(_session: Session): Promise<void> {
    throw new Error('being written')
  }

  /**
   * Cookie sign-up (spec 02 §9.4) with the bytes of an AuthToken.
   * @throws HomeserverError `signup-token-malformed`, `auth-token-invalid`, `auth-token-replayed`, `user-exists`,
   *   `signup-token-required`, `signup-token-invalid`, `signup-token-used`
   */
  signUp(_authToken: Uint8Array, _signupToken: string | undefined): Promise<OpenedCookieSession> {
    throw new Error('being written')
  }

  /** Cookie sign-in (spec 02 §9.5). @throws HomeserverError `auth-token-invalid`, `auth-token-replayed`, `user-unknown` */
  signIn(_authToken: Uint8Array): Promise<OpenedCookieSession> {
    throw new Error('being written')
  }

  /** Ends a cookie session and closes its private streams. Idempotent. */
  signOut(_session: CookieSession): Promise<void> {
    throw new Error('being written')
  }
}
