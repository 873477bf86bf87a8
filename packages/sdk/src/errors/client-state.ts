import { PubkyError } from './pubky-error.ts'

/** The object is not in a state that allows the call, or local storage failed. */
export function clientStateError(message: string, cause?: unknown): PubkyError {
  return new PubkyError('ClientStateError', message, { cause })
}
