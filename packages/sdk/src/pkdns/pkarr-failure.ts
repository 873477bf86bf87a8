import { PkarrError } from '@pubky/pkarr'
import { pkarrError } from '../errors/create.ts'

/**
 * Turns an error of the Pkarr layer into this SDK's; everything else passes unchanged.
 * @param what what failed, in the official words
 */
export function pkarrFailure(what: string, thrown: unknown): unknown {
  if (!(thrown instanceof PkarrError)) return thrown
  // This one comes with its own official prefix.
  if (thrown.code === 'invalid-homeserver') return pkarrError(thrown.message, thrown)
  return pkarrError(`${what}: ${thrown.message}`, thrown)
}
