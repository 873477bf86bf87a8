/**
 * Everything the homeserver's rules can refuse, by name. `http/` maps each code to the status and body text of
 * spec 02 §13; nothing below it knows statuses.
 */
export type HomeserverErrorCode =
  // Who is asking (spec 02 §7)
  | 'no-session'
  | 'wrong-session-kind'
  | 'session-unknown'
  | 'session-expired'
  | 'session-unlisted'
  | 'wrong-tenant'
  | 'root-required'
  | 'write-outside-roots'
  | 'write-not-granted'
  | 'read-outside-roots'
  | 'read-needs-session'
  | 'read-needs-one-user'
  | 'read-not-granted'
  // Accounts and sign-up (spec 02 §9.3–9.5, §9.14)
  | 'user-unknown'
  | 'user-exists'
  | 'user-disabled'
  | 'auth-token-invalid'
  | 'auth-token-replayed'
  | 'signup-token-malformed'
  | 'signup-token-required'
  | 'signup-token-invalid'
  | 'signup-token-used'
  | 'signup-token-unknown'
  | 'signup-tokens-not-required'
  | 'quota-invalid'
  | 'cursor-unknown'
  // Grants and proofs (spec 02 §9.8–9.13)
  | 'grant-malformed'
  | 'grant-signature'
  | 'grant-type'
  | 'grant-expired'
  | 'grant-id-in-use'
  | 'signup-grant-client'
  | 'signup-grant-iat'
  | 'signup-grant-lifetime'
  | 'pop-signature'
  | 'pop-type'
  | 'pop-audience'
  | 'pop-grant'
  | 'pop-timestamp'
  | 'pop-replayed'
  | 'grant-revoked'
  | 'grant-lapsed'
  | 'grant-id-malformed'
  | 'grant-unknown'
  | 'grant-not-yours'
  // Storage (spec 02 §10)
  | 'entry-unknown'
  | 'directory-unknown'
  | 'cursor-invalid'
  | 'quota-exceeded'
  | 'disk-full'
  | 'object-too-large'
  | 'write-path-not-allowed'
  | 'path-collision'
  | 'stream-broken'
  | 'precondition-failed'
  | 'body-corrupt'
  // Locks (spec 02 §10.12)
  | 'resource-locked'
  | 'lock-lost'
  | 'lock-unknown'
  | 'too-many-locks'
  // Event streams (spec 02 §11.3)
  | 'streams-unavailable'
  | 'too-many-streams'
  // The machine underneath
  | 'storage-failed'
  | 'closed'

/** Options of {@link HomeserverError}. */
export interface HomeserverErrorOptions {
  /** What lay underneath; logged, never shown to a client. */
  readonly cause?: unknown
  /** Whole seconds after which trying again makes sense (answers with `Retry-After`). */
  readonly retryAfterSeconds?: number
}

/**
 * A refusal or failure of the homeserver. `code` decides what a client is told; `message` is the body text of
 * spec 02 §13 where the specification fixes one, and free of secrets always.
 */
export class HomeserverError extends Error {
  override readonly name = 'HomeserverError'
  readonly code: HomeserverErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: HomeserverErrorCode, message: string, options: HomeserverErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
