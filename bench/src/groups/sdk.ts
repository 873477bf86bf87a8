import { startTestnet } from '@pubky/testnet'
import type { SdkLoad, SdkSample, SdkSide } from '../load/sdk-load.ts'
import { Child } from '../process/child.ts'
import type { CaseReport, Side } from '../report.ts'
import { shuffled } from '../statistics.ts'
import type { Group } from './group.ts'

const CASES = [
  { name: 'GET 1 KiB', method: 'GET' },
  { name: 'PUT 1 KiB', method: 'PUT' },
] as const
const SIDES: readonly SdkSide[] = ['ours', 'fetch']
/** A round is cut into so many turns, so that both sides see the same machine. */
const TURNS = 5

/** What our SDK adds to a request: CPU of the client process, against plain `fetch` of the same URL. */
export const sdkGroup: Group = async function* ({ plan, only }) {
  const chosen = CASES.filter(({ name }) => only === undefined || only.test(name))
  if (chosen.length === 0) return
  await using network = await startTestnet({ httpRelay: false })
  const { homeserver, pkarrRelay } = network
  await using client = new Child<SdkLoad>(new URL('../load/sdk-load.ts', import.meta.url), 1)
  await client.call('prepare', {
    relay: pkarrRelay.url,
    homeserver: homeserver.publicKey.z32(),
    port: homeserver.icannPort,
  })
  for (const { name, method } of chosen) {
    const requests = Math.max(1, Math.round(plan.sdkRequests / TURNS))
    for (const side of SIDES) await client.call('run', { side, method, requests: plan.sdkRequests })
    const samples: Record<SdkSide, SdkSample[]> = { ours: [], fetch: [] }
    for (let round = 0; round < plan.rounds; round++) {
      const turns: Record<SdkSide, SdkSample[]> = { ours: [], fetch: [] }
      for (let turn = 0; turn < TURNS; turn++) {
        for (const side of shuffled(SIDES)) turns[side].push(await client.call('run', { side, method, requests }))
      }
      for (const side of SIDES) samples[side].push(mean(turns[side]))
    }
    const report: CaseReport = {
      group: 'sdk',
      name,
      unit: 'requests',
      ours: sideOf('ours', samples.ours, requests),
      peers: [sideOf('fetch', samples.fetch, requests)],
      measures: [
        {
          name: 'CPU of fetch',
          values: samples.ours.map((own, round) => own.cpuMicros / samples.fetch[round]!.cpuMicros),
        },
      ],
      remarks: [],
    }
    yield report
  }
}

function mean(samples: readonly SdkSample[]): SdkSample {
  const of = (value: (sample: SdkSample) => number) =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length
  return { seconds: of(({ seconds }) => seconds), cpuMicros: of(({ cpuMicros }) => cpuMicros) }
}

function sideOf(name: string, samples: readonly SdkSample[], requests: number): Side {
  return {
    name,
    rates: samples.map(({ seconds }) => requests / seconds),
    p50: [],
    p99: [],
    p999: [],
    cpuMicros: samples.map(({ cpuMicros }) => cpuMicros),
    residentMiB: 0,
  }
}
