import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from '../cases/requests.ts'
import { startLoadClient } from '../load/http-client.ts'
import type { RequestSource } from '../load/job.ts'
import { cpuSeconds, residentMiB } from '../machine.ts'
import { Child } from '../process/child.ts'
import type { CaseReport } from '../report.ts'
import type { LocalDht } from '../servers/local-dht.ts'
import { freePort } from '../servers/ports.ts'
import { startProgram } from '../servers/program.ts'
import type { Group } from './group.ts'

const NAME = 'cached GET beside cold look-ups'
const MAIN = new URL('../../../apps/pkarr-relay/src/main.ts', import.meta.url)
/** Sockets that ask for cached keys as fast as they can, and sockets for cold look-ups. */
const HOT = 16
const COLD = 64

/** A Pkarr relay on a DHT of this machine: keys it knows, as fast as it can, beside keys only the DHT knows. */
export const relayGroup: Group = async function* ({ folder, plan, only }) {
  if (only !== undefined && !only.test(NAME)) return
  const { dhtNodes, cachedKeys, coldRate } = plan.relay
  await using dht = new Child<LocalDht>(new URL('../servers/local-dht.ts', import.meta.url), 1)
  const bootstrap = await dht.call('start', { nodes: dhtNodes })
  const coldKeys = Math.ceil(coldRate * plan.seconds) * plan.rounds
  const keys = await dht.call('publish', { count: cachedKeys + coldKeys })
  const port = await freePort()
  const config = join(folder, 'relay.toml')
  writeFileSync(
    config,
    `[http]
host = "127.0.0.1"
port = ${port}
[mainline]
bootstrap = [${bootstrap.map((address) => `"${address}"`).join(', ')}]
request_timeout_seconds = 1
[logging]
level = "warn"
`,
  )
  await using relay = await startProgram(MAIN, ['--config', config], port)
  await using hotClient = startLoadClient()
  await using coldClient = startLoadClient()
  const source = (wanted: readonly string[]): RequestSource => ({
    kind: 'cycle',
    requests: wanted.map((key) => request('GET', `/${key}`)),
    answer: { status: 200 },
  })
  const [hot, cold] = [source(keys.slice(0, cachedKeys)), source(keys.slice(cachedKeys))]
  await coldClient.call('run', { port, connections: COLD, source: hot, first: 0, requests: cachedKeys })
  // Compilers are at work in the first second.
  await hotClient.call('run', { port, connections: HOT, source: hot, first: 0, seconds: plan.seconds })

  const rounds = []
  for (let round = 0; round < plan.rounds; round++) {
    const before = cpuSeconds(relay.pid)
    const first = round * Math.ceil(coldRate * plan.seconds)
    const { seconds } = plan
    const [hits, lookUps] = await Promise.all([
      hotClient.call('run', { port, connections: HOT, source: hot, first: 0, seconds }),
      coldClient.call('run', { port, connections: COLD, source: cold, first, seconds, rate: coldRate }),
    ])
    rounds.push({ hits, lookUps, cpu: cpuSeconds(relay.pid) - before })
  }
  const report: CaseReport = {
    group: 'relay',
    name: NAME,
    unit: 'requests',
    ours: {
      name: 'ours',
      rates: rounds.map(({ hits }) => hits.requests / hits.seconds),
      p50: rounds.map(({ hits }) => hits.p50),
      p99: rounds.map(({ hits }) => hits.p99),
      p999: rounds.map(({ hits }) => hits.p999),
      cpuMicros: rounds.map(({ hits, lookUps, cpu }) => (cpu / (hits.requests + lookUps.requests)) * 1e6),
      residentMiB: residentMiB(relay.pid),
    },
    peers: [],
    measures: [
      { name: 'cached GET/s', values: rounds.map(({ hits }) => hits.requests / hits.seconds) },
      { name: 'cold look-ups/s', values: rounds.map(({ lookUps }) => lookUps.requests / lookUps.seconds) },
      { name: 'cold p50 ms', values: rounds.map(({ lookUps }) => lookUps.p50) },
      { name: 'cold p99 ms', values: rounds.map(({ lookUps }) => lookUps.p99) },
    ],
    remarks: [`${coldRate} look-ups/s were asked for, in a DHT of ${dhtNodes} nodes; all found`],
  }
  yield report
}
