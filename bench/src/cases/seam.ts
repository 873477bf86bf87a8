import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupInit } from '../groups/group.ts'
import type { EventLoad } from '../load/event-load.ts'
import type { LoadClient } from '../load/http-client.ts'
import { residentMiB } from '../machine.ts'
import type { Child } from '../process/child.ts'
import type { CaseReport } from '../report.ts'
import type { Target } from '../servers/sign-up.ts'
import { eventsOf } from './event-writes.ts'

const STREAMS = 8
const WRITERS = 64

/**
 * Streams that start from the beginning while events are written as fast as the server takes them: each goes over from
 * the log to live under load, and has every event once (reliability E2).
 * @throws Error when one is missing or came twice
 */
export async function replaySeam(
  { plan }: GroupInit,
  target: Target,
  writer: LoadClient,
  subscribers: Child<EventLoad>,
): Promise<CaseReport> {
  const count = plan.events.seamEvents
  const events = await eventsOf(target, '/pub/bench/seam/', count)
  const written = writer.call('run', {
    port: target.port,
    connections: WRITERS,
    source: events.source,
    first: 0,
    requests: count,
  })
  for (let index = 0; index < STREAMS; index++) {
    await subscribers.call('open', { ...events.stream, count: 1 })
    await sleep(50)
  }
  const { seconds, p50, p99, p999 } = await written
  await subscribers.call('tally', { from: 0, to: count, patienceMs: 60_000 })
  await subscribers.call('close')
  return {
    group: 'events',
    name: 'seam: PUT while streams go from log to live',
    unit: 'requests',
    ours: {
      name: 'ours',
      rates: [count / seconds],
      p50: [p50],
      p99: [p99],
      p999: [p999],
      cpuMicros: [],
      residentMiB: residentMiB(target.pid),
    },
    peers: [],
    measures: [{ name: 'events missing', values: [0] }],
    remarks: [`0 of ${count.toLocaleString('en')} events missing or doubled in each of ${STREAMS} streams`],
  }
}
