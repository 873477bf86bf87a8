import { randomBytes } from 'node:crypto'
import { crockfordEncode, hexEncode } from '@pubky/crypto'
import {
  type AuthToken,
  bearerHash,
  COOKIE_LIFETIME,
  formatCapabilities,
  replayId,
  verifyAuthToken,
} from '@pubky/protocol'
import type { Keyring } from '../blobs/keyring.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { CookieSessionRecord, Store, UserId } from '../store/store.ts'
import { requireRoot } from './authorize.ts'
import type { Proofs } from './proofs.ts'
import { checked } from './protocol-errors.ts'
import type { Registration } from './registration.ts'
import { type CookieSession, type GrantSession, type Session, toCookieSession, toGrantSession } from './session.ts'
import { SessionCache } from './session-cache.ts'
import type { SignupTokens } from './signup-tokens.ts'

/** A new cookie session with its secret, which exists only here and in the client. */
export interface OpenedCookieSession {
  readonly session: CookieSession
  /** 26 characters, the value of the cookie. */
  readonly secret: string
}

const COOKIE_SECRET_BYTES = 16
const COOKIE_SECRET_LENGTH = 26
const BEARER_LENGTH = 43

/** Which session a request carries, and the cookie flow (spec 02 §7.1, §9.4–9.7). */
export class Sessions {
  readonly #store: Store
  readonly #keyring: Keyring
  readonly #clock: Clock
  readonly #proofs: Proofs
  readonly #registration: Registration
  readonly #signupTokens: SignupTokens
  readonly #cache: SessionCache

  constructor(components: {
    readonly store: Store
    readonly keyring: Keyring
    readonly clock: Clock
    readonly proofs: Proofs
    readonly registration: Registration
    readonly signupTokens: SignupTokens
  }) {
    this.#store = components.store
    this.#keyring = components.keyring
    this.#clock = components.clock
    this.#proofs = components.proofs
    this.#registration = components.registration
    this.#signupTokens = components.signupTokens
    this.#cache = new SessionCache(components.store)
  }

  /**
   * The session of a bearer (the text after `Bearer `), from memory if possible: then the answer is no promise.
   * Anything unusable is undefined, never an error.
   */
  fromBearer(token: string): GrantSession | undefined | Promise<GrantSession | undefined> {
    if (token.length !== BEARER_LENGTH) return undefined
    const cached = this.#cache.get(token)
    if (cached?.kind === 'grant') return this.#isLive(cached) ? cached : undefined
    return this.#loadBearer(token)
  }

  /** The session of the cookie named after `tenant` (canonical z32). Same manners as {@link fromBearer}. */
  fromCookie(tenant: string, secret: string): CookieSession | undefined | Promise<CookieSession | undefined> {
    if (secret.length !== COOKIE_SECRET_LENGTH) return undefined
    const cached = this.#cache.get(secret)
    if (cached?.kind === 'cookie') return cached.user === tenant && this.#isLive(cached) ? cached : undefined
    return this.#loadCookie(tenant, secret)
  }

  /**
   * Is the credential still good, according to the store and not to memory (spec 02 §11.3.2 row 10)?
   * @throws HomeserverError `wrong-session-kind` (cookie gone), `session-unknown`, `session-expired`, `grant-revoked`,
   *   `grant-lapsed`
   */
  async recheck(session: Session): Promise<void> {
    if (session.kind === 'cookie') {
      const record = await this.#store.findCookieSession(session.credentialHash)
      if (record === undefined || record.expiresAt <= this.#clock()) {
        throw new HomeserverError('wrong-session-kind', 'Unauthorized')
      }
      return
    }
    const nowSeconds = this.#seconds()
    const grant = await this.#store.findGrant(session.grant.id)
    if (grant?.revokedAtSeconds !== undefined) throw new HomeserverError('grant-revoked', 'Grant has been revoked')
    const bearer = await this.#store.findBearer(session.credentialHash)
    if (bearer === undefined) throw new HomeserverError('session-unknown', 'Session not found')
    if (bearer.grant.expiresAtSeconds <= nowSeconds) throw new HomeserverError('grant-lapsed', 'Grant has expired')
    if (bearer.expiresAtSeconds <= nowSeconds) throw new HomeserverError('session-expired', 'Session has expired')
  }

  /** Whether the credential was signed out or revoked, according to the store. That it has expired does not count. */
  async isRevoked(session: Session): Promise<boolean> {
    if (session.kind === 'cookie') return (await this.#store.findCookieSession(session.credentialHash)) === undefined
    const grant = await this.#store.findGrant(session.grant.id)
    return grant === undefined || grant.revokedAtSeconds !== undefined
  }

  /**
   * Cookie sign-up (spec 02 §9.4) with the bytes of an AuthToken.
   * @throws HomeserverError `signup-token-malformed`, `auth-token-invalid`, `auth-token-replayed`, `user-exists`,
   *   `signup-token-required`, `signup-token-invalid`, `signup-token-used`
   */
  async signUp(authToken: Uint8Array, signupToken: string | undefined): Promise<OpenedCookieSession> {
    const lookup = this.#signupTokens.lookupFor(signupToken)
    const token = await this.#verify(authToken)
    const { id } = await this.#registration.register(token.publicKey, lookup)
    return this.#open(id, token)
  }

  /** Cookie sign-in (spec 02 §9.5). @throws HomeserverError `auth-token-invalid`, `auth-token-replayed`, `user-unknown` */
  async signIn(authToken: Uint8Array): Promise<OpenedCookieSession> {
    const token = await this.#verify(authToken)
    const user = await this.#store.findUser(token.publicKey.z32())
    if (user === undefined) throw new HomeserverError('user-unknown', 'Not Found')
    return this.#open(user.id, token)
  }

  /**
   * Live cookie sessions of the session's user, newest first (spec 02 §7.2, Better).
   * @throws HomeserverError `no-session`, `root-required`
   */
  async list(session: Session | undefined): Promise<readonly CookieSessionRecord[]> {
    return this.#store.liveCookieSessions(requireRoot(session).userId, this.#clock())
  }

  /**
   * Ends a cookie session of the session's user. @throws HomeserverError `no-session`, `root-required`, `session-unlisted`
   */
  async revoke(session: Session | undefined, id: number): Promise<void> {
    const isOwn = (await this.list(session)).some((listed) => listed.id === id)
    if (!isOwn) throw new HomeserverError('session-unlisted', 'Not Found')
    await this.#store.revokeCookieSession(id)
  }

  /** Ends a cookie session and closes its private streams. Idempotent. */
  async signOut(session: CookieSession): Promise<void> {
    await this.#store.revokeCookieSession(session.id)
  }

  async #verify(bytes: Uint8Array): Promise<AuthToken> {
    const token = checked('auth-token-invalid', () => verifyAuthToken(bytes, BigInt(this.#clock())))
    if (!(await this.#proofs.spend('auth-token', hexEncode(replayId(token))))) {
      throw new HomeserverError('auth-token-replayed', 'AuthToken already used')
    }
    return token
  }

  async #open(userId: UserId, token: AuthToken): Promise<OpenedCookieSession> {
    const secret = crockfordEncode(randomBytes(COOKIE_SECRET_BYTES))
    const secretHash = this.#keyring.lookup('cookie-session', secret)
    const createdAt = this.#clock()
    const record = {
      userId,
      secretHash,
      capabilities: formatCapabilities(token.capabilities),
      createdAt,
      expiresAt: createdAt + COOKIE_LIFETIME * 1_000_000,
    }
    const id = await this.#store.createCookieSession(record)
    if (id === undefined) throw new HomeserverError('user-unknown', 'Not Found')
    return { session: toCookieSession({ ...record, id, user: token.publicKey.z32() }, secretHash), secret }
  }

  async #loadBearer(token: string): Promise<GrantSession | undefined> {
    const { revision } = this.#cache
    const tokenHash = bearerHash(token)
    const bearer = await this.#store.findBearer(tokenHash)
    if (bearer === undefined || bearer.grant.revokedAtSeconds !== undefined) return undefined
    const session = toGrantSession(bearer, tokenHash)
    if (!this.#isLive(session)) return undefined
    this.#cache.keep(token, session, revision)
    return session
  }

  async #loadCookie(tenant: string, secret: string): Promise<CookieSession | undefined> {
    const { revision } = this.#cache
    const secretHash = this.#keyring.lookup('cookie-session', secret)
    const record = await this.#store.findCookieSession(secretHash)
    if (record === undefined) return undefined
    const session = toCookieSession(record, secretHash)
    if (session.user !== tenant || !this.#isLive(session)) return undefined
    this.#cache.keep(secret, session, revision)
    return session
  }

  #isLive(session: Session): boolean {
    if (session.kind === 'cookie') return session.expiresAt > this.#clock()
    const now = this.#seconds()
    return session.bearerExpiresAtSeconds > now && session.grant.expiresAtSeconds > now
  }

  #seconds(): number {
    return Math.floor(this.#clock() / 1_000_000)
  }
}
