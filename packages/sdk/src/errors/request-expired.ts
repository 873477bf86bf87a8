import { PubkyError } from './pubky-error.ts'

/** The session is gone or the request for one was cancelled. */
export function requestExpired(): PubkyError {
  return new PubkyError(
    'AuthenticationError',
    'Authentication error: The provided auth request has expired or was cancelled.',
  )
}
