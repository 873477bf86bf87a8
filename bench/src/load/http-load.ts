/**
 * The load process: raw sockets, prepared requests, one in flight per socket. Kept apart from the server under test (and
 * pinned to another core where the system allows it), so that measuring costs the server nothing.
 */
import { serve } from '../process/serve.ts'
import { percentile } from '../statistics.ts'
import { micros } from './clock.ts'
import { bodyOf, LoadConnection, parseAnswer } from './connection.ts'
import type { ExpectedAnswer, LoadJob, LoadResult, RawAnswer } from './job.ts'
import { type Shot, shots } from './shots.ts'

/** What the load process can be asked for. */
export interface HttpLoad {
  /** Runs a job; throws when an answer was wrong, because a wrong answer voids the measurement. */
  run(job: LoadJob): Promise<LoadResult>
  /** One request, one answer. */
  exchange(input: { port: number; request: Uint8Array }): Promise<RawAnswer>
}

const VERIFY_ONE_IN = 100
/** Reused by every run; the newest ones win when a run makes more requests than this. */
const latencies = new Float64Array(4_000_000)

class Run {
  readonly #job: LoadJob
  readonly #shot: ReturnType<typeof shots>
  readonly #connections = new Set<LoadConnection>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #started = performance.now()
  readonly #startedMicros = micros()
  #taken = 0
  #timed = 0
  #answered = 0
  #verified = 0

  constructor(job: LoadJob) {
    this.#job = job
    this.#shot = shots(job.source)
  }

  async result(): Promise<LoadResult> {
    const cpuBefore = process.cpuUsage()
    for (let index = 0; index < this.#job.connections; index++) this.#open()
    try {
      await this.#ended.promise
    } finally {
      for (const connection of this.#connections) connection.close()
    }
    const cpu = process.cpuUsage(cpuBefore)
    const sorted = latencies.slice(0, Math.min(this.#timed, latencies.length)).sort()
    return {
      requests: this.#answered,
      seconds: (performance.now() - this.#started) / 1000,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      p999: percentile(sorted, 0.999),
      verified: this.#verified,
      clientCpu: (cpu.user + cpu.system) / 1e6,
    }
  }

  #open(): void {
    let sent: { readonly shot: Shot; readonly at: number } | undefined
    const next = (): void => {
      const due = this.#take()
      if (due === undefined) {
        connection.close()
        this.#connections.delete(connection)
        if (this.#connections.size === 0) this.#ended.resolve()
        return
      }
      const send = (): void => {
        const at = this.#job.rate === undefined ? performance.now() : due.at
        sent = { shot: this.#shot(due.number, this.#startedMicros + Math.round((at - this.#started) * 1000)), at }
        connection.send(sent.shot)
      }
      const wait = due.at - performance.now()
      if (wait > 0.5) setTimeout(send, wait)
      else send()
    }
    const connection = new LoadConnection(this.#job.port, {
      onReady: next,
      onAnswer: (answer) => {
        if (sent === undefined) return
        if (sent.shot.isTimed) latencies[this.#timed++ % latencies.length] = performance.now() - sent.at
        const { body } = sent.shot.answer
        if (this.#answered++ % VERIFY_ONE_IN === 0 && body !== undefined) {
          if (!bodyOf(answer).equals(body)) return this.#ended.reject(new Error('an answer held a wrong body'))
          this.#verified++
        }
        next()
      },
      onError: (error) => this.#ended.reject(error),
    })
    this.#connections.add(connection)
  }

  /** The next request's number and when it is due; undefined when there is none. */
  #take(): { readonly number: number; readonly at: number } | undefined {
    const { first, rate, requests = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = this.#job
    const at = rate === undefined ? performance.now() : this.#started + (this.#taken * 1000) / rate
    if (this.#taken >= requests || at - this.#started >= seconds * 1000) return undefined
    return { number: first + this.#taken++, at }
  }
}

serve<HttpLoad>({
  run: (job) => new Run(job).result(),
  exchange({ port, request }) {
    const answer: ExpectedAnswer = {
      status: 'any',
      isBodiless: Buffer.from(request).toString('latin1', 0, 4) === 'HEAD',
    }
    const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
    const connection = new LoadConnection(port, {
      onReady: () => connection.send({ parts: [request], answer }),
      onAnswer: (bytes) => {
        connection.close()
        resolve(parseAnswer(bytes))
      },
      onError: reject,
    })
    return promise
  },
})
