import type { GroupInit } from '../groups/group.ts'
import type { EventLoad } from '../load/event-load.ts'
import type { LoadClient } from '../load/http-client.ts'
import { residentMiB } from '../machine.ts'
import type { Child } from '../process/child.ts'
import type { CaseReport } from '../report.ts'
import type { Target } from '../servers/sign-up.ts'
import { eventsOf } from './event-writes.ts'

const STREAMS = 50
const RATE = 500
const WRITERS = 16

/**
 * Streams that read a long log all at once, while others write: those notice little.
 * @throws Error when a stream lost something
 */
export async function replays(
  { plan }: GroupInit,
  target: Target,
  writer: LoadClient,
  subscribers: Child<EventLoad>,
): Promise<CaseReport> {
  const count = plan.events.seamEvents
  const log = await eventsOf(target, '/pub/bench/log/', count)
  await writer.call('run', { port: target.port, connections: 64, source: log.source, first: 0, requests: count })
  const { source } = await eventsOf(target, '/pub/bench/beside/', count)
  const load = { port: target.port, source, rate: RATE, seconds: plan.seconds, connections: WRITERS }
  const alone = await writer.call('run', { ...load, first: 0 })
  const before = residentMiB(target.pid)
  await subscribers.call('open', { ...log.stream, count: STREAMS })
  const beside = await writer.call('run', { ...load, first: alone.requests })
  await subscribers.call('tally', { from: 0, to: count, patienceMs: 120_000 })
  await subscribers.call('close')
  const after = residentMiB(target.pid)
  return {
    group: 'events',
    name: `PUT beside ${STREAMS} streams that read the log`,
    unit: 'requests',
    ours: {
      name: 'ours',
      rates: [beside.requests / beside.seconds],
      p50: [beside.p50],
      p99: [beside.p99],
      p999: [beside.p999],
      cpuMicros: [],
      residentMiB: after,
    },
    peers: [],
    measures: [{ name: 'p99 by p99 without', values: [beside.p99 / alone.p99] }],
    remarks: [
      `${STREAMS} × ${count.toLocaleString('en')} events read`,
      `memory ${Math.round(before)} → ${Math.round(after)} MiB`,
    ],
  }
}
