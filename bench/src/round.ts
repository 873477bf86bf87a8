import type { Case, Work } from './cases/case.ts'
import type { LoadClient } from './load/load.ts'
import { cpuSeconds } from './machine.ts'

/** A server taking part in a case: ours, its raw twin, nginx. */
export interface Entrant {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly work: Work
}

/** One entrant's figures over all rounds of a case. */
export interface Figures {
  readonly name: string
  /** Requests a second, one figure per round. */
  readonly rates: readonly number[]
  /** CPU microseconds of the server per request, median over rounds. */
  readonly cpuMicros: number
  readonly p50: number
  readonly p99: number
  readonly verified: number
  /** Ratio of ours to this entrant, round by round (empty for ours itself). */
  readonly ratios: readonly number[]
  /** Share of one core the load process used: near 1 the client was the limit. */
  readonly clientLoad: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items]
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    const held = order[index]!
    order[index] = order[other]!
    order[other] = held
  }
  return order
}

interface Sample {
  readonly rate: number
  readonly cpuMicros: number
  readonly p50: number
  readonly p99: number
  readonly verified: number
  readonly clientLoad: number
}

/**
 * Runs all entrants of a case in turn, in a new order every round, so that a slow minute of a shared machine hits all of them:
 * ratios are taken within a round. The first entrant is ours.
 */
export async function runCase(
  bench: Case,
  entrants: readonly Entrant[],
  client: LoadClient,
  plan: { readonly rounds: number; readonly seconds: number },
): Promise<Figures[]> {
  const samples = new Map<string, Sample[]>(entrants.map((entrant) => [entrant.name, []]))
  const used = new Map<string, number>()
  for (let round = 0; round < plan.rounds; round++) {
    for (const entrant of shuffled(entrants)) {
      let { requests } = entrant.work
      // A numbered source goes on where the last round ended: every path is new.
      if (requests.kind === 'numbered') requests = { ...requests, first: used.get(entrant.name) ?? 0 }
      const cpuBefore = cpuSeconds(entrant.pid)
      const result = await client.run({
        ...entrant.work,
        requests,
        port: entrant.port,
        connections: bench.connections,
        seconds: plan.seconds,
      })
      const cpu = cpuSeconds(entrant.pid) - cpuBefore
      used.set(entrant.name, (used.get(entrant.name) ?? 0) + result.requests + bench.connections)
      samples.get(entrant.name)!.push({
        rate: result.requests / result.seconds,
        cpuMicros: (cpu / result.requests) * 1e6,
        p50: result.p50,
        p99: result.p99,
        verified: result.verified,
        clientLoad: result.clientCpu / result.seconds,
      })
    }
  }
  const ours = samples.get(entrants[0]!.name)!
  return entrants.map((entrant, index) => {
    const own = samples.get(entrant.name)!
    return {
      name: entrant.name,
      rates: own.map((sample) => sample.rate),
      cpuMicros: median(own.map((sample) => sample.cpuMicros)),
      p50: median(own.map((sample) => sample.p50)),
      p99: median(own.map((sample) => sample.p99)),
      verified: own.reduce((sum, sample) => sum + sample.verified, 0),
      ratios: index === 0 ? [] : own.map((sample, round) => ours[round]!.rate / sample.rate),
      clientLoad: median(own.map((sample) => sample.clientLoad)),
    }
  })
}
