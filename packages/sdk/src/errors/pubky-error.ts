/** What went wrong, in the words apps match on (spec 05 §2.2). */
export type PubkyErrorName =
  | 'RequestError'
  | 'InvalidInput'
  | 'AuthenticationError'
  | 'PkarrError'
  | 'ClientStateError'
  | 'InternalError'

/**
 * What was seen when a request failed. A kind does not say whether a retry is safe.
 * `timeout` wins over everything, then `http`; browsers mostly give `other`.
 */
export type RequestErrorKind = 'http' | 'timeout' | 'connection' | 'body' | 'decode' | 'invalidRequest' | 'other'

/** `data` of a `RequestError`. */
export interface RequestErrorDetails {
  /** HTTP status, when a server answered. */
  readonly statusCode?: number
  /** What was seen. */
  readonly kind: RequestErrorKind
  /** Present and true when renewing a grant session's bearer failed. */
  readonly credentialRefresh?: true
}

/**
 * The one error class of this SDK (spec 05 §2.2). `name` is the stable, machine-readable part;
 * `message` starts with the prefixes of the official SDK; `data` carries structured context or is absent.
 */
export class PubkyError extends Error {
  /** Which kind of error: switch on it. */
  override name: PubkyErrorName
  /** Of a `RequestError`: {@link RequestErrorDetails}. Of others: as said where they come from; often absent. */
  declare data?: unknown

  constructor(name: PubkyErrorName, message: string, context: { data?: unknown; cause?: unknown } = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = name
    if (context.data !== undefined) this.data = context.data
  }
}
