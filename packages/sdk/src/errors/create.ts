import { PubkyError, type RequestErrorDetails, type RequestErrorKind } from './pubky-error.ts'

/** A request that could not be sent or whose answer could not be used. `message` comes with its full prefix. */
export function requestError(message: string, details: RequestErrorDetails, cause?: unknown): PubkyError {
  return new PubkyError('RequestError', message, { data: details, cause })
}

/** Input that can never become a request: paths, addresses, listing and event stream parameters. */
export function invalidRequest(detail: string, cause?: unknown): PubkyError {
  return requestError(`Request failed: Invalid request/URI: ${detail}`, { kind: 'invalidRequest' }, cause)
}

/** The connection or the transfer failed before a complete answer was there. */
export function transportError(detail: string, kind: RequestErrorKind, cause?: unknown): PubkyError {
  return requestError(`Request failed: HTTP transport error: ${detail}`, { kind }, cause)
}

/** A JSON answer of a grant endpoint that is not what it should be. */
export function jsonDecodeError(detail: string, cause?: unknown): PubkyError {
  return requestError(`Request failed: JSON decode error: ${detail}`, { kind: 'decode' }, cause)
}

/** Text or values given by the caller that do not parse. */
export function invalidInput(message: string, cause?: unknown): PubkyError {
  return new PubkyError('InvalidInput', message, { cause })
}

/** Authentication failed; `detail` is put behind the official prefix. */
export function authenticationError(detail: string, cause?: unknown): PubkyError {
  return new PubkyError('AuthenticationError', `Authentication error: General authentication error: ${detail}`, {
    cause,
  })
}

/** Resolving or publishing Pkarr records failed; `detail` is put behind the official prefix. */
export function pkarrError(detail: string, cause?: unknown): PubkyError {
  return new PubkyError('PkarrError', `Pkarr operation failed: ${detail}`, { cause })
}

/** Something that should not happen. */
export function internalError(message: string, cause?: unknown): PubkyError {
  return new PubkyError('InternalError', message, { cause })
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
