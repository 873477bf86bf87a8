import { PkarrError } from '@pubky/pkarr'
import { pkarrError } from '../errors/create.ts'

/** What was being done with Pkarr records. */
export type PkarrTask = 'resolve' | 'publish'

const TASKS: Readonly<Record<PkarrTask, string>> = {
  resolve: 'Failed to resolve the DHT record',
  publish: 'Failed to publish record to the DHT',
}

/** Turns an error of the Pkarr layer into this SDK's; everything else passes unchanged. */
export function pkarrFailure(task: PkarrTask, thrown: unknown): unknown {
  if (!(thrown instanceof PkarrError)) return thrown
  // This one comes with its own official prefix.
  if (thrown.code === 'invalid-homeserver') return pkarrError(thrown.message, thrown)
  return pkarrError(`${TASKS[task]}: ${thrown.message}`, thrown)
}
