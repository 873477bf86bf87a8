import Database from 'better-sqlite3'
import type { Job, JobResult, Operations } from '../operations.ts'
import type { Ballast } from './ballast.ts'
import type { Connection } from './connection.ts'
import type { EntryWrites } from './entry-writes.ts'
import { createOperations } from './operations.ts'

/** Bytes written to the log after which it is carried over into the database, between batches. */
const CHECKPOINT_BYTES = 32 * 1_048_576
/**
 * The same on a nearly full disk. What a full disk leaves in the log must fit into the room that giving up the ballast
 * makes, a batch of the largest kind included: else deleting could not empty the disk.
 */
const TIGHT_CHECKPOINT_BYTES = 4 * 1_048_576
/** Rough cost of a job in the log beside its body: a few pages. */
const JOB_BYTES = 8_192

/** The disk did not do what it promised; nothing may be written through this connection any more. */
export class DiskFailure extends Error {
  override readonly name = 'DiskFailure'
}

/**
 * Runs batches of jobs, each batch one transaction with one flush (group commit). A job that fails does not fail its
 * neighbours; a failed flush or a damaged file ends the writer, because a flush that failed once leaves pages marked
 * clean that never reached the disk.
 */
export class Writer {
  readonly #db: Connection
  readonly #ballast: Ballast | undefined
  readonly #operations: Operations
  readonly #entries: EntryWrites
  readonly #begin
  readonly #commit
  readonly #rollback
  #loggedBytes = 0

  constructor(db: Connection, ballast: Ballast | undefined) {
    this.#db = db
    this.#ballast = ballast
    const { operations, entries } = createOperations(db)
    this.#operations = operations
    this.#entries = entries
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#rollback = db.prepare('ROLLBACK')
  }

  /** Runs and commits the jobs; the results are durable. @throws DiskFailure */
  run(jobs: readonly Job[], bodyBytes: number): readonly JobResult[] {
    this.#loggedBytes += bodyBytes + jobs.length * JOB_BYTES
    try {
      return this.#transact(jobs)
    } catch (error) {
      assertDiskTrusted(error)
      // One of the jobs spoiled the transaction: run each in its own.
      return jobs.map((job) => this.#runAlone(job))
    }
  }

  /** Carries the log over when it has grown; with `isIdle`, whatever is left, and empties the file. */
  checkpoint(isIdle: boolean): void {
    if (this.#loggedBytes === 0 || !(isIdle || this.#isLogLarge())) return
    this.#loggedBytes = 0
    this.#carryOver(isIdle ? 'TRUNCATE' : 'PASSIVE')
  }

  #isLogLarge(): boolean {
    if (this.#loggedBytes < TIGHT_CHECKPOINT_BYTES) return false
    return this.#loggedBytes >= CHECKPOINT_BYTES || this.#ballast?.isTight === true
  }

  /** Lays the ballast down; takes a while, so not before the first quiet moment. */
  restoreBallast(): void {
    this.#ballast?.restore()
  }

  #transact(jobs: readonly Job[]): readonly JobResult[] {
    this.#begin.run()
    try {
      const results: JobResult[] = []
      for (const job of jobs) results.push({ isDone: true, outcome: this.#apply(job) })
      this.#entries.settle()
      this.#commit.run()
      return results
    } catch (error) {
      this.#entries.forget()
      // SQLite may have rolled back by itself already.
      if (this.#db.inTransaction) this.#rollback.run()
      throw error
    }
  }

  #runAlone(job: Job, isRetry = false): JobResult {
    try {
      return this.#transact([job])[0] ?? failed('storage-failed', 'the writer answered nothing')
    } catch (error) {
      assertDiskTrusted(error)
      if (!isFull(error)) return failed('storage-failed', String(error))
      if (isRetry) return failed('disk-full', 'the disk is full')
      // The room kept for deleting and signing in is not given to what fills the disk.
      if (job.name !== 'commitWrite') this.#ballast?.release()
      this.#carryOver('TRUNCATE')
      return this.#runAlone(job, true)
    }
  }

  /** Copies the log into the database; a full disk leaves it for later. */
  #carryOver(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#db.pragma(`wal_checkpoint(${mode})`)
    } catch (error) {
      assertDiskTrusted(error)
    }
  }

  #apply(job: Job): unknown {
    if (job.name !== 'commitWrite' && job.name !== 'commitDelete') this.#entries.settle()
    // The queue pairs each name with its input; the type system cannot follow the pair through the union.
    const operation = this.#operations[job.name] as (input: unknown) => unknown
    return operation(job.input)
  }
}

function failed(reason: 'disk-full' | 'storage-failed', message: string): JobResult {
  return { isDone: false, reason, message }
}

function isFull(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_FULL'
}

function assertDiskTrusted(error: unknown): void {
  if (!(error instanceof Database.SqliteError)) return
  const { code } = error
  if (code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    throw new DiskFailure(`${code}: ${error.message}`, { cause: error })
  }
}
