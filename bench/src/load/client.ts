/**
 * The load process: raw sockets, prepared requests, one in flight per socket. Kept apart from the server under test (and
 * pinned to another core where the system allows it), so that measuring costs the server nothing.
 */
import { connect, type Socket } from 'node:net'
import type { LoadJob, LoadResult } from './job.ts'

const HEADER_END = Buffer.from('\r\n\r\n')
const VERIFY_ONE_IN = 100

function requestSource(source: LoadJob['requests']): () => Uint8Array[] {
  if (source.kind === 'numbered') {
    const { before, after } = source
    let next = source.first
    return () => [before, Buffer.from(String(next++).padStart(12, '0')), after]
  }
  const { requests } = source
  let index = 0
  if (source.kind === 'cycle') return () => [requests[index++ % requests.length]!]
  return () => [requests[Math.floor(Math.random() * requests.length)]!]
}

/** Total bytes of the answer at the front of `bytes`, or undefined while its head is incomplete. */
function answerLength(bytes: Buffer, job: LoadJob): number | undefined {
  const end = bytes.indexOf(HEADER_END)
  if (end < 0) return undefined
  const status = Number(bytes.toString('latin1', 9, 12))
  if (status !== job.status)
    throw new Error(`status ${status} instead of ${job.status}: ${bytes.toString('latin1', 0, 400)}`)
  const head = end + 4
  if (job.bodiless === true || status === 304 || status === 204) return head
  const match = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))
  if (!match) throw new Error('answer without Content-Length')
  return head + Number(match[1])
}

class Connection {
  readonly #job: LoadJob
  readonly #socket: Socket
  readonly #next: () => Uint8Array[]
  readonly #record: (milliseconds: number) => void
  readonly #fail: (error: Error) => void
  readonly #running: () => boolean
  #chunks: Buffer[] = []
  #received = 0
  #expected: number | undefined
  #started = 0
  #count = Math.floor(Math.random() * VERIFY_ONE_IN)
  verified = 0
  #ended: () => void = () => {}
  readonly ended = new Promise<void>((resolve) => {
    this.#ended = resolve
  })

  constructor(
    job: LoadJob,
    next: () => Uint8Array[],
    hooks: { record: (ms: number) => void; fail: (error: Error) => void; running: () => boolean },
  ) {
    this.#job = job
    this.#next = next
    this.#record = hooks.record
    this.#fail = hooks.fail
    this.#running = hooks.running
    this.#socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('connect', () => this.#send())
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => {
      if (this.#running()) this.#fail(new Error('the server closed a connection'))
      this.#ended()
    })
  }

  #send(): void {
    if (!this.#running()) {
      this.#socket.destroy()
      return
    }
    this.#started = performance.now()
    const parts = this.#next()
    if (parts.length > 1) this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    if (parts.length > 1) this.#socket.uncork()
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    try {
      if (this.#expected === undefined) {
        const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
        this.#expected = answerLength(bytes, this.#job)
      }
      if (this.#expected === undefined || this.#received < this.#expected) return
      if (this.#received > this.#expected) throw new Error('bytes after the end of an answer')
      this.#record(performance.now() - this.#started)
      if (++this.#count % VERIFY_ONE_IN === 0) this.#verify()
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    this.#chunks = []
    this.#received = 0
    this.#expected = undefined
    this.#send()
  }

  #verify(): void {
    const { body } = this.#job
    if (body === undefined) return
    const bytes = Buffer.concat(this.#chunks)
    if (!bytes.subarray(bytes.indexOf(HEADER_END) + 4).equals(body)) throw new Error('an answer held a wrong body')
    this.verified++
  }
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

async function run(job: LoadJob): Promise<LoadResult> {
  const latencies = new Float64Array(4_000_000)
  let requests = 0
  let failure: Error | undefined
  let running = true
  const next = requestSource(job.requests)
  const hooks = {
    record: (milliseconds: number) => {
      latencies[requests++ % latencies.length] = milliseconds
    },
    fail: (error: Error) => {
      failure ??= error
      running = false
    },
    running: () => running,
  }
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const connections = Array.from({ length: job.connections }, () => new Connection(job, next, hooks))
  const timer = setTimeout(() => {
    running = false
  }, job.seconds * 1000)
  await Promise.race([
    Promise.all(connections.map((connection) => connection.ended)),
    new Promise((_, reject) => {
      const watch = setInterval(() => {
        if (failure) reject(failure)
        else if (!running) clearInterval(watch)
      }, 50)
    }),
  ])
  clearTimeout(timer)
  if (failure) throw failure
  const seconds = (performance.now() - started) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  const sorted = latencies.slice(0, Math.min(requests, latencies.length)).sort()
  return {
    requests,
    seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    verified: connections.reduce((sum, connection) => sum + connection.verified, 0),
    clientCpu: (cpu.user + cpu.system) / 1e6,
  }
}

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send!({ result }),
    (error: Error) => process.send!({ error: error.message }),
  )
})
process.on('disconnect', () => process.exit(0))
