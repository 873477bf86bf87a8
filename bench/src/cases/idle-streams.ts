import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupInit } from '../groups/group.ts'
import type { EventLoad } from '../load/event-load.ts'
import type { LoadClient } from '../load/http-client.ts'
import { residentMiB } from '../machine.ts'
import type { Child } from '../process/child.ts'
import type { CaseReport } from '../report.ts'
import type { Target } from '../servers/sign-up.ts'
import { eventsOf } from './event-writes.ts'

/** Descriptors a process needs beside its sockets. */
const RESERVED_DESCRIPTORS = 200
const SETTLE_MS = 1_000

/** What a stream costs that has nothing to say, and how fast one event reaches all of them (reliability E4). */
export async function idleStreams(
  { plan }: GroupInit,
  target: Target,
  writer: LoadClient,
  subscribers: Child<EventLoad>,
): Promise<CaseReport> {
  const count = Math.min(plan.events.idleStreams, descriptorLimit() - RESERVED_DESCRIPTORS)
  const events = await eventsOf(target, '/pub/bench/idle/', 1)
  const before = residentMiB(target.pid)
  await subscribers.call('open', { ...events.stream, count })
  await sleep(SETTLE_MS)
  const after = residentMiB(target.pid)
  const started = performance.now()
  await writer.call('run', {
    port: target.port,
    connections: 1,
    source: { ...events.source, isStamped: true },
    first: 0,
    requests: 1,
  })
  const { p50, p99, p999 } = await subscribers.call('tally', { from: 0, to: 1, patienceMs: 30_000 })
  const toAll = performance.now() - started
  await subscribers.call('close')
  return {
    group: 'events',
    name: 'idle streams',
    unit: 'deliveries',
    ours: {
      name: 'ours',
      rates: [(count / toAll) * 1000],
      p50: [p50],
      p99: [p99],
      p999: [p999],
      cpuMicros: [],
      residentMiB: after,
    },
    peers: [],
    measures: [
      { name: 'KiB each', values: [((after - before) * 1024) / count] },
      { name: 'one event to all, ms', values: [toAll] },
    ],
    remarks: [`${count.toLocaleString('en')} streams open, then one event`],
  }
}

function descriptorLimit(): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })
  const limit = Number(stdout)
  return Number.isNaN(limit) || limit === 0 ? Number.POSITIVE_INFINITY : limit
}
