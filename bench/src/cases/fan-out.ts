import type { GroupInit } from '../groups/group.ts'
import type { EventLoad } from '../load/event-load.ts'
import type { LoadClient } from '../load/http-client.ts'
import { cpuSeconds, residentMiB } from '../machine.ts'
import type { Child } from '../process/child.ts'
import type { CaseReport, Side } from '../report.ts'
import type { Target } from '../servers/sign-up.ts'
import { eventsOf } from './event-writes.ts'

/** Above this latency a rate is not sustained, and the ladder ends. */
const MAX_P99_MS = 250
/** Rungs in a row that are too slow before the ladder ends: a machine that others use has bad moments. */
const PATIENCE = 2
/** Sockets that write. */
const WRITERS = 32

interface Rung {
  readonly rate: number
  readonly deliveriesPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly cpuMicros: number
  readonly subscriberLoad: number
}

/** One user's events to many subscribers, faster and faster until latency gives way; every delivery is accounted for. */
export async function* fanOut(
  { plan }: GroupInit,
  target: Target,
  writer: LoadClient,
  subscribers: Child<EventLoad>,
): AsyncGenerator<CaseReport> {
  const { rates } = plan.events
  const rounds: Rung[][] = []
  for (let round = 0; round < plan.rounds; round++) {
    const events = await eventsOf(
      target,
      `/pub/bench/fan-out-${round}/`,
      Math.ceil(plan.seconds * sum(rates)) + rates.length,
    )
    await subscribers.call('open', { ...events.stream, count: plan.events.subscribers })
    const rungs: Rung[] = []
    for (let first = 0; rungs.length < rates.length; ) {
      const rate = rates[rungs.length]!
      const before = { cpu: cpuSeconds(target.pid), at: performance.now() }
      const { cpu: subscribersBefore } = await subscribers.call('tally', { from: 0, to: 0, patienceMs: 0 })
      const { requests } = await writer.call('run', {
        port: target.port,
        connections: WRITERS,
        source: { ...events.source, isStamped: true },
        first,
        rate,
        seconds: plan.seconds,
      })
      const tally = await subscribers.call('tally', { from: first, to: first + requests, patienceMs: 30_000 })
      first += requests
      const seconds = (performance.now() - before.at) / 1000
      rungs.push({
        ...tally,
        rate,
        deliveriesPerSecond: tally.deliveries / seconds,
        cpuMicros: ((cpuSeconds(target.pid) - before.cpu) / tally.deliveries) * 1e6,
        subscriberLoad: (tally.cpu - subscribersBefore) / seconds,
      })
      if (rungs.slice(-PATIENCE).every(({ p99 }) => p99 > MAX_P99_MS) && rungs.length >= PATIENCE) break
    }
    await subscribers.call('close')
    rounds.push(rungs)
  }
  const remarks = [`${plan.events.subscribers.toLocaleString('en')} subscribers; no event missing, none twice`]
  for (const [index, rate] of rates.entries()) {
    const rungs = rounds.flatMap((round) => round[index] ?? [])
    if (rungs.length === 0) break
    yield {
      group: 'events',
      name: `fan-out of ${rate} events/s`,
      unit: 'deliveries',
      ours: side(rungs, target),
      peers: [],
      measures: [],
      remarks: [],
    }
  }
  const best = rounds.map((rungs) => rungs.findLast(({ p99 }) => p99 <= MAX_P99_MS) ?? rungs[0]!)
  if (best.some(({ subscriberLoad }) => subscriberLoad > 0.9)) remarks.push('the subscribers were at their limit')
  yield {
    group: 'events',
    name: 'fan-out',
    unit: 'deliveries',
    ours: side(best, target),
    peers: [],
    measures: [
      { name: 'deliveries/s', values: best.map(({ deliveriesPerSecond }) => deliveriesPerSecond) },
      { name: 'p99 ms', values: best.map(({ p99 }) => p99) },
    ],
    remarks: [...remarks, `the highest rate with p99 ≤ ${MAX_P99_MS} ms`],
  }
}

function side(rungs: readonly Rung[], target: Target): Side {
  return {
    name: 'ours',
    rates: rungs.map(({ deliveriesPerSecond }) => deliveriesPerSecond),
    p50: rungs.map(({ p50 }) => p50),
    p99: rungs.map(({ p99 }) => p99),
    p999: rungs.map(({ p999 }) => p999),
    cpuMicros: rungs.map(({ cpuMicros }) => cpuMicros),
    residentMiB: residentMiB(target.pid),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
