import type { Job, JobResult, WriteChannel } from '../operations.ts'
import { Database, DatabaseFailure, type StoreLog } from './database.ts'
import { decodeOutcome, encodeJob } from './jobs.ts'

/** Ends of the two logs: the last event's id and the last notice's. */
export interface Marks {
  readonly event: number
  readonly notice: number
}

/** A batch that is committed. */
export interface CommittedBatch {
  /** What was committed before it, by anybody. */
  readonly before: Marks
  readonly after: Marks
  readonly jobs: readonly Job[]
  readonly outcomes: readonly unknown[]
}

/** What `apply_batch` answers. */
interface Answer {
  readonly before: [event: number, notice: number]
  readonly after: [event: number, notice: number]
  readonly outcomes: readonly unknown[]
}

/**
 * Sends batches to `apply_batch`, one connection, one statement and one round trip each. A job that fails does not
 * fail its neighbours. A connection lost in the middle fails the jobs on the way, because nobody knows whether they
 * were committed; the next batch makes a new one.
 */
export class PostgresChannel implements WriteChannel {
  readonly #db: Database
  readonly #tell: (batch: CommittedBatch) => Promise<void>

  /** @param tell told each committed batch, waited for before its jobs are answered */
  constructor(url: string, log: StoreLog, tell: (batch: CommittedBatch) => Promise<void>) {
    this.#db = new Database(url, 1, log)
    this.#tell = tell
  }

  async send(
    jobs: readonly Job[],
    bodies: readonly (Uint8Array | undefined)[],
    bodyBytes: number,
  ): Promise<readonly JobResult[]> {
    try {
      return await this.#apply(jobs, bodies, bodyBytes)
    } catch (error) {
      if (!(error instanceof DatabaseFailure)) throw error
      if (!error.isRefusal || jobs.length === 1) return jobs.map(() => failed(error))
    }
    // One of the jobs spoiled the transaction: run each in its own.
    const results: JobResult[] = []
    for (const [index, job] of jobs.entries()) {
      const body = bodies[index]
      results.push(...(await this.send([job], [body], body?.length ?? 0)))
    }
    return results
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#db[Symbol.asyncDispose]()
  }

  async #apply(
    jobs: readonly Job[],
    bodies: readonly (Uint8Array | undefined)[],
    bodyBytes: number,
  ): Promise<readonly JobResult[]> {
    const joined = Buffer.allocUnsafe(bodyBytes)
    let length = 0
    const sent: Job[] = []
    const encoded: string[] = []
    const isSent = jobs.map((job, index) => {
      const body = bodies[index]
      const text = encodeJob(job, body && { bodyAt: length, bodyLength: body.length })
      if (text === undefined) return false
      sent.push(job)
      encoded.push(text)
      if (body !== undefined) {
        joined.set(body, length)
        length += body.length
      }
      return true
    })
    const outcomes = encoded.length === 0 ? [] : await this.#commit(sent, encoded, joined.subarray(0, length))
    let next = 0
    return isSent.map((wasSent) => (wasSent ? { isDone: true, outcome: outcomes[next++] } : failed(UNSTORABLE)))
  }

  /** Commits and tells the batch. */
  async #commit(jobs: readonly Job[], encoded: readonly string[], bodies: Uint8Array): Promise<readonly unknown[]> {
    const row = await this.#db.row<{ answer: Answer }>('SELECT apply_batch($1, $2) AS answer', [
      `[${encoded.join(',')}]`,
      bodies,
    ])
    if (row === undefined) throw new DatabaseFailure('storage-failed', 'database: no answer', false)
    const { before, after, outcomes: answers } = row.answer
    const outcomes = jobs.map((job, index) => decodeOutcome(job, answers[index]))
    try {
      await this.#tell({ before: marks(before), after: marks(after), jobs, outcomes })
    } catch (error) {
      // Committed, so never to be run again; whoever asked learns no outcome, as with a lost connection.
      throw error instanceof DatabaseFailure ? new DatabaseFailure('storage-failed', error.message, false) : error
    }
    return outcomes
  }
}

const UNSTORABLE = new DatabaseFailure('storage-failed', 'database: a text that it cannot hold', true)

function marks([event, notice]: [number, number]): Marks {
  return { event, notice }
}

function failed(error: DatabaseFailure): JobResult {
  const reason = error.code === 'disk-full' ? 'disk-full' : 'storage-failed'
  return { isDone: false, reason, message: error.message }
}
