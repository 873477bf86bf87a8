import { HomeserverError, type HomeserverErrorCode } from '../error.ts'
import type { CommitDeleteOutcome, CommitWriteOutcome } from '../store/store.ts'

type Refusal = Exclude<(CommitWriteOutcome | CommitDeleteOutcome)['outcome'], 'written' | 'deleted'>

const REFUSALS: Record<Refusal, readonly [HomeserverErrorCode, string]> = {
  'user-unknown': ['user-unknown', 'Not Found'],
  'user-disabled': ['user-disabled', 'User is disabled'],
  'lock-lost': ['lock-lost', 'The If header does not name the live lock on this path'],
  collision: ['path-collision', 'File/folder path collision'],
  'over-quota': ['quota-exceeded', 'Disk space quota exceeded'],
  'precondition-failed': ['precondition-failed', 'Precondition Failed'],
  'entry-unknown': ['entry-unknown', 'Not Found'],
}

/** What a refused commit means to the client. */
export function refusalOf(outcome: Refusal): HomeserverError {
  const [code, message] = REFUSALS[outcome]
  return new HomeserverError(code, message)
}
