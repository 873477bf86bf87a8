/** The subscriber process: thousands of event streams, each of which ticks off every event it gets. */
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '../process/serve.ts'
import { percentile } from '../statistics.ts'
import { type Counting, EventStream } from './event-stream.ts'

/** What the subscriber process can be asked for. Streams stay open until `close`. */
export interface EventLoad {
  /** Opens streams and waits until all are answered. */
  open(input: OpenStreams): Promise<void>
  /**
   * Waits until every stream that reads has all events of a range, then tells what happened since the last time.
   * @throws Error when events are missing after `patienceMs`, or came twice
   */
  tally(input: { from: number; to: number; patienceMs: number }): Promise<Tally>
  /** Streams that have ended. */
  ended(): Promise<number>
  close(): Promise<void>
}

export interface OpenStreams {
  readonly port: number
  /** Request target. */
  readonly target: string
  readonly count: number
  readonly counting: Counting
  /** True for streams that stop reading as soon as they are open. */
  readonly isStalled?: boolean
}

export interface Tally {
  readonly deliveries: number
  /** Milliseconds from when an event was due to be written to its arrival, of a sample of the streams. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** CPU seconds of this process so far. */
  readonly cpu: number
}

/** Opened at a time. */
const BATCH = 200
/** Of so many streams one measures delays. */
const TIMED_ONE_IN = 10

const reading: EventStream[] = []
const stalled: EventStream[] = []
let delays: number[] = []

serve<EventLoad>({
  async open({ port, target, count, counting, isStalled = false }) {
    const streams = isStalled ? stalled : reading
    for (let left = count; left > 0; left -= BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, left) }, (_, index) => {
        const isTimed = !isStalled && index % TIMED_ONE_IN === 0
        const onDelay = isTimed ? { onDelay: (micros: number) => delays.push(micros) } : {}
        return new EventStream(port, target, counting, { isStalled, ...onDelay })
      })
      await Promise.all(batch.map(({ opened }) => opened.promise))
      streams.push(...batch)
    }
  },

  async tally({ from, to, patienceMs }) {
    const wanted = (to - from) * reading.length
    const deadline = performance.now() + patienceMs
    let deliveries = 0
    for (;;) {
      deliveries = reading.reduce((sum, stream) => sum + stream.count(from, to), 0)
      if (deliveries === wanted || performance.now() > deadline) break
      await sleep(20)
    }
    const duplicates = reading.reduce((sum, stream) => sum + stream.duplicates, 0)
    if (deliveries !== wanted) throw new Error(`${wanted - deliveries} of ${wanted} deliveries are missing`)
    if (duplicates > 0) throw new Error(`${duplicates} events were delivered twice`)
    const sorted = Float64Array.from(delays, (micros) => micros / 1000).sort()
    delays = []
    const cpu = process.cpuUsage()
    return {
      deliveries,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      p999: percentile(sorted, 0.999),
      cpu: (cpu.user + cpu.system) / 1e6,
    }
  },

  async ended() {
    return [...reading, ...stalled].filter(({ isClosed }) => isClosed).length
  },

  async close() {
    for (const stream of [...reading, ...stalled]) stream.close()
    reading.length = 0
    stalled.length = 0
  },
})
