import { Worker } from 'node:worker_threads'
import { HomeserverError } from '../../error.ts'
import type { Job, JobResult, WriteChannel } from '../operations.ts'
import type { Connection } from './connection.ts'
import { Writer } from './writer.ts'
import { packBatch, unpackResults, type WriterMessage, type WriterThreadInit } from './writer-protocol.ts'

/** Bytes of bodies that a batch has room for at least. */
const LEAST_ROOM = 65_536

/** Writer on the calling thread, for databases in memory. */
export class LocalChannel implements WriteChannel {
  readonly #writer: Writer

  constructor(db: Connection) {
    this.#writer = new Writer(db, undefined)
  }

  async send(
    jobs: readonly Job[],
    _bodies: readonly (Uint8Array | undefined)[],
    bodyBytes: number,
  ): Promise<readonly JobResult[]> {
    return this.#writer.run(jobs, bodyBytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Writer in its own thread, so that the event loop never waits for the disk. */
export class ThreadChannel implements WriteChannel {
  readonly #worker: Worker
  #waiting: (PromiseWithResolvers<readonly JobResult[]> & { readonly jobs: readonly Job[] }) | undefined
  /** Room for the bodies of a batch: goes to the writer and comes back. */
  #room = new ArrayBuffer(LEAST_ROOM)
  #failure: Error | undefined
  #isClosing: boolean = false

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: WriterMessage) => {
      if (message.kind === 'results') {
        const waiting = this.#waiting
        this.#waiting = undefined
        this.#room = message.room
        waiting?.resolve(unpackResults(waiting.jobs, message.results))
      } else if (message.kind === 'failed') {
        this.#fail(new HomeserverError('storage-failed', message.message))
      }
    })
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => {
      if (!this.#isClosing) this.#fail(new HomeserverError('storage-failed', 'the writer thread ended'))
    })
  }

  /** Starts the thread and waits until the database is open and up to date. */
  static async start(init: WriterThreadInit): Promise<ThreadChannel> {
    const isSource = import.meta.url.endsWith('.ts')
    const worker = new Worker(new URL(isSource ? './writer-thread.ts' : './writer-thread.js', import.meta.url), {
      workerData: init,
      execArgv: isSource ? ['--conditions=source'] : [],
    })
    const ready = Promise.withResolvers<void>()
    worker.once('message', (message: WriterMessage) => {
      if (message.kind === 'failed') ready.reject(new HomeserverError('storage-failed', message.message))
      else ready.resolve()
    })
    worker.once('error', ready.reject)
    try {
      await ready.promise
    } catch (error) {
      await worker.terminate()
      throw error
    }
    return new ThreadChannel(worker)
  }

  send(
    jobs: readonly Job[],
    bodies: readonly (Uint8Array | undefined)[],
    bodyBytes: number,
  ): Promise<readonly JobResult[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#room.byteLength < bodyBytes) this.#room = new ArrayBuffer(2 ** Math.ceil(Math.log2(bodyBytes)))
    const message = packBatch(jobs, bodies, this.#room)
    const waiting = Promise.withResolvers<readonly JobResult[]>()
    this.#waiting = { jobs, ...waiting }
    this.#worker.postMessage(message, [message.room])
    return waiting.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.postMessage('close')
    await ended
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}
