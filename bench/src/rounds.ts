import type { LoadClient } from './load/http-client.ts'
import type { RequestSource } from './load/job.ts'
import { cpuSeconds, residentMiB } from './machine.ts'
import type { Plan } from './plan.ts'
import type { Measure, Side } from './report.ts'
import { median, shuffled } from './statistics.ts'

/** A server taking part in a case: ours, its raw twin, nginx. */
export interface Entrant {
  readonly name: string
  readonly port: number
  /** 0 when its CPU cannot be told. */
  readonly pid: number
  readonly source: RequestSource
}

/** What a paired case found out. The first side is ours. */
export interface PairedResult {
  readonly sides: readonly Side[]
  /** Ours to each other side, round by round. */
  readonly ratios: readonly Measure[]
  /** Requests each entrant has answered. */
  readonly answered: ReadonlyMap<string, number>
  /** Answers that were compared byte by byte. */
  readonly verified: number
  /** Whether the load process had its core full, so that a faster server would not have looked faster. */
  readonly isClientBound: boolean
}

interface Sample {
  readonly rate: number
  readonly cpuMicros: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly verified: number
  readonly clientLoad: number
}

/**
 * Runs all entrants of a case in turn, in a new order every round, so that a slow minute of a shared machine hits all of
 * them: ratios are taken within a round.
 */
export async function runPaired(
  entrants: readonly Entrant[],
  client: LoadClient,
  plan: Pick<Plan, 'rounds' | 'seconds'>,
  load: { readonly connections: number; readonly requests?: number },
): Promise<PairedResult> {
  const samples = entrants.map((): Sample[] => [])
  const answered = new Map<string, number>()
  const run = async ({ name, port, source }: Entrant, seconds: number) => {
    const first = answered.get(name) ?? 0
    const result = await client.call('run', { port, source, first, seconds, ...load })
    answered.set(name, first + result.requests)
    return result
  }
  // Compilers are at work in the first second; requests that were prepared for the rounds are too few to give away.
  if (load.requests === undefined) for (const entrant of entrants) await run(entrant, plan.seconds)
  for (let round = 0; round < plan.rounds; round++) {
    for (const index of shuffled([...entrants.keys()])) {
      const { pid } = entrants[index]!
      const cpuBefore = cpuSeconds(pid)
      const result = await run(entrants[index]!, plan.seconds)
      const cpu = cpuSeconds(pid) - cpuBefore
      samples[index]!.push({
        ...result,
        rate: result.requests / result.seconds,
        cpuMicros: (cpu / result.requests) * 1e6,
        clientLoad: result.clientCpu / result.seconds,
      })
    }
  }
  const [ours = []] = samples
  return {
    sides: entrants.map(({ name, pid }, index) => side(name, pid, samples[index]!)),
    ratios: entrants.slice(1).map(({ name }, index) => ({
      name,
      values: samples[index + 1]!.map((sample, round) => ours[round]!.rate / sample.rate),
    })),
    answered,
    verified: samples.flat().reduce((sum, sample) => sum + sample.verified, 0),
    isClientBound: samples.some((own) => median(own.map((sample) => sample.clientLoad)) > 0.9),
  }
}

function side(name: string, pid: number, samples: readonly Sample[]): Side {
  return {
    name,
    rates: samples.map((sample) => sample.rate),
    p50: samples.map((sample) => sample.p50),
    p99: samples.map((sample) => sample.p99),
    p999: samples.map((sample) => sample.p999),
    cpuMicros: pid === 0 ? [] : samples.map((sample) => sample.cpuMicros),
    residentMiB: residentMiB(pid),
  }
}
