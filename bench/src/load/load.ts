import { type ChildProcess, fork } from 'node:child_process'
import { pin } from '../machine.ts'
import type { LoadJob, LoadResult } from './job.ts'

/** The load process; one serves a whole bench run. */
export class LoadClient implements Disposable {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(new URL('./client.ts', import.meta.url), { serialization: 'advanced' })
    pin(this.#child.pid, 1)
  }

  /** Runs one job; throws when an answer was wrong, because a wrong answer voids the measurement. */
  async run(job: LoadJob): Promise<LoadResult> {
    const answer = new Promise<{ result?: LoadResult; error?: string }>((resolve) => {
      this.#child.once('message', resolve)
    })
    this.#child.send(job)
    const { result, error } = await answer
    if (result === undefined) throw new Error(`load: ${error}`)
    return result
  }

  [Symbol.dispose](): void {
    this.#child.disconnect()
  }
}
