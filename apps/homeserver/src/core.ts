import type { Grants } from './accounts/grants.ts'
import type { Revocations } from './accounts/revocations.ts'
import type { Sessions } from './accounts/sessions.ts'
import type { SignupTokens } from './accounts/signup-tokens.ts'
import type { DefaultQuota, Users } from './accounts/users.ts'
import type { Clock } from './clock.ts'
import type { EventLog } from './events/event-log.ts'
import type { EventStreams } from './events/event-streams.ts'
import type { Files } from './files/files.ts'
import type { Locks } from './files/locks.ts'

/** Where and how the core keeps things. */
export interface CoreInit {
  /** Folder for database, bodies and ballast (created); undefined = everything in memory. */
  readonly directory: string | undefined
  /** Encryption at rest; `off` exists for benchmarks and for operators who encrypt below. */
  readonly encryption: { readonly keyFile: string } | { readonly rootKey: Uint8Array } | 'off'
  /** z32 of the homeserver: the audience of proofs. */
  readonly homeserver: string
  readonly signupMode: 'open' | 'token-required'
  readonly defaultQuota: DefaultQuota
  /** Largest body accepted; undefined = no limit but quota and disk. */
  readonly maxBodyBytes: number | undefined
  /** Live locks one user may hold. */
  readonly maxLocksPerUser: number
  /** Concurrent event streams. */
  readonly maxStreams: number
  /** Free bytes below which writes are refused with `disk-full`. */
  readonly lowWaterBytes: number
  readonly clock: Clock
  /** Told about what an operator should know; `fields` never hold secrets. */
  readonly log: CoreLog
  /** Called once when the disk can no longer be trusted (failed fsync): the process must exit, not retry. */
  readonly onFatal: (error: Error) => void
}

/** The part of a logger (pino's order of arguments) that the core needs. */
export interface CoreLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The homeserver without its network: everything `http/` and `discovery/` call. */
export interface Core extends AsyncDisposable {
  readonly users: Users
  readonly sessions: Sessions
  readonly grants: Grants
  readonly signupTokens: SignupTokens
  readonly revocations: Revocations
  readonly files: Files
  readonly locks: Locks
  readonly eventLog: EventLog
  readonly eventStreams: EventStreams
}

/**
 * Opens store, bodies and keys, checks that they belong together, clears what a crash left, and wires the services.
 * @throws HomeserverError `storage-failed` with a message for the operator (wrong or missing key, newer schema, …)
 */
export function openCore(_init: CoreInit): Promise<Core> {
  throw new Error('being written')
}
