import { HomeserverError } from '../error.ts'
import type { Job, JobResult, OperationInput, OperationName, OperationOutcome, WriteChannel } from './operations.ts'

/** Jobs and body bytes that one transaction takes at most. */
const MAX_BATCH_JOBS = 256
const MAX_BATCH_BYTES = 8 * 1_048_576

interface Waiting {
  readonly job: Job
  readonly body: Uint8Array | undefined
  readonly resolve: (outcome: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * Collects changes while the writer is busy and hands them over as one batch whenever it is free: no timer, so a lone
 * change waits for nobody, and a crowd shares one flush.
 */
export class WriteQueue {
  readonly #channel: WriteChannel
  readonly #onFatal: (error: Error) => void
  readonly #onCommitted: (job: Job, outcome: unknown) => void
  #waiting: Waiting[] = []
  #isBusy: boolean = false
  #isScheduled: boolean = false
  #isClosed: boolean = false
  #failure: Error | undefined
  #whenIdle: PromiseWithResolvers<void> | undefined

  /**
   * @param onCommitted told each change in commit order, before its promise resolves
   * @param onFatal told once when nothing can be written any more
   */
  constructor(
    channel: WriteChannel,
    onCommitted: (job: Job, outcome: unknown) => void,
    onFatal: (error: Error) => void,
  ) {
    this.#channel = channel
    this.#onCommitted = onCommitted
    this.#onFatal = onFatal
  }

  /** Runs one operation; resolves after its commit. `body` travels beside the input. */
  submit<Name extends OperationName>(
    name: Name,
    input: OperationInput<Name>,
    body?: Uint8Array,
  ): Promise<OperationOutcome<Name>> {
    if (this.#isClosed) return Promise.reject(new HomeserverError('closed', 'the store is closed'))
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        job: { name, input },
        body,
        resolve: resolve as (outcome: unknown) => void,
        reject,
      })
      this.#schedule()
    })
  }

  /** Commits what is waiting, then refuses more. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#isBusy || this.#waiting.length > 0) {
      this.#whenIdle ??= Promise.withResolvers()
      await this.#whenIdle.promise
    }
  }

  /** At the end of the turn, so that requests parsed in one turn share a batch. */
  #schedule(): void {
    if (this.#isBusy || this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isBusy = true
    while (this.#waiting.length > 0) {
      const { batch, bytes } = this.#take()
      try {
        const results = await this.#channel.send(
          batch.map(({ job }) => job),
          batch.map(({ body }) => body),
          bytes,
        )
        this.#settle(batch, results)
      } catch (cause) {
        this.#fail(batch, cause)
      }
    }
    this.#isBusy = false
    this.#whenIdle?.resolve()
  }

  #take(): { readonly batch: readonly Waiting[]; readonly bytes: number } {
    let count = 0
    let bytes = 0
    for (const { body } of this.#waiting) {
      const size = body?.length ?? 0
      if (count === MAX_BATCH_JOBS || (count > 0 && bytes + size > MAX_BATCH_BYTES)) break
      count += 1
      bytes += size
    }
    const batch = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return { batch, bytes }
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    const error = new HomeserverError('storage-failed', 'the database can no longer be written', { cause })
    this.#failure = error
    for (const { reject } of [...batch, ...this.#waiting]) reject(error)
    this.#waiting = []
    this.#onFatal(error)
  }

  #settle(batch: readonly Waiting[], results: readonly JobResult[]): void {
    batch.forEach(({ job, resolve, reject }, index) => {
      const result = results[index]
      if (result === undefined) reject(new HomeserverError('storage-failed', 'the writer answered too little'))
      else if (result.isDone) {
        this.#onCommitted(job, result.outcome)
        resolve(result.outcome)
      } else reject(new HomeserverError(result.reason, result.message))
    })
  }
}
