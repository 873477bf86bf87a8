import type { GroupInit } from '../groups/group.ts'
import type { EventLoad } from '../load/event-load.ts'
import type { LoadClient } from '../load/http-client.ts'
import { residentMiB } from '../machine.ts'
import type { Child } from '../process/child.ts'
import type { CaseReport } from '../report.ts'
import type { OurServer } from '../servers/ours.ts'
import type { Target } from '../servers/sign-up.ts'
import { eventsOf } from './event-writes.ts'

const HEALTHY = 20
/** What a stream may hold for a reader before it is closed, in KiB (performance §4.1 rule 10). */
const CAP_KIB = 256
/** Long paths make long events, so that the kernel's own buffers fill soon. */
const SUFFIX = `/${'x'.repeat(250)}`.repeat(3)
const RATE = 100
const SLICE = 250
const MAX_EVENTS = 40_000
/** Beside what is held for readers, writing itself takes memory. */
const SLACK_MIB = 64

/**
 * Readers that never read, beside some that do (reliability E3): the first are closed, memory stays bounded, the others
 * notice little.
 * @throws Error when slow readers are still there after 40,000 long events, or a healthy one lost something
 */
export async function slowReaders(
  { plan }: GroupInit,
  server: OurServer,
  target: Target,
  writer: LoadClient,
  subscribers: Child<EventLoad>,
): Promise<CaseReport> {
  const count = plan.events.slowReaders
  const events = await eventsOf(target, '/pub/bench/slow/', MAX_EVENTS, SUFFIX)
  let written = 0
  const write = async (how: { rate?: number; seconds?: number; requests?: number; connections: number }) => {
    const source = { ...events.source, isStamped: true }
    const { requests } = await writer.call('run', { port: target.port, source, first: written, ...how })
    const from = written
    written += requests
    return await subscribers.call('tally', { from, to: written, patienceMs: 30_000 })
  }
  await subscribers.call('open', { ...events.stream, count: HEALTHY })
  const alone = await write({ rate: RATE, seconds: plan.seconds, connections: 8 })
  const before = residentMiB(target.pid)
  await subscribers.call('open', { ...events.stream, count, isStalled: true })
  const beside = await write({ rate: RATE, seconds: plan.seconds, connections: 8 })
  let peak = residentMiB(target.pid)
  while ((await openStreams(server)) > HEALTHY) {
    if (written + SLICE > MAX_EVENTS) throw new Error(`slow readers are still open after ${written} events`)
    await write({ requests: SLICE, connections: 16 })
    peak = Math.max(peak, residentMiB(target.pid))
  }
  await subscribers.call('close')
  const bound = (count * CAP_KIB) / 1024 + SLACK_MIB
  return {
    group: 'events',
    name: 'slow readers',
    unit: 'events',
    ours: {
      name: 'ours',
      rates: [RATE],
      p50: [beside.p50],
      p99: [beside.p99],
      p999: [beside.p999],
      cpuMicros: [],
      residentMiB: peak,
    },
    peers: [],
    measures: [
      { name: 'growth of memory by what is allowed', values: [(peak - before) / bound] },
      { name: 'p99 of others by p99 without', values: [beside.p99 / alone.p99] },
    ],
    remarks: [
      `${count} readers that never read were closed within ${written.toLocaleString('en')} events`,
      `memory ${Math.round(before)} → at most ${Math.round(peak)} MiB`,
    ],
  }
}

async function openStreams({ metricsUrl }: OurServer): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const match = /^event_stream_active_connections\S* (\d+)/m.exec(text)
  if (!match) throw new Error('the server does not tell how many streams are open')
  return Number(match[1])
}
