import { K } from '../constants.ts'
import { distance128 } from './size-estimate.ts'

/** What the walk looks at. */
interface Place {
  readonly id: Uint8Array
  readonly ip: number
}

/** How far a walk over the closest nodes must go before nobody can have hidden the honest ones. */
export interface ClosestSetGoal {
  /** The distance within which {@link K} honest nodes are expected. */
  readonly edge: bigint
  /** Distinct /6 networks expected among {@link K} honest nodes. */
  readonly subnets: number
}

/**
 * The closest nodes of a list ordered secure first, then by distance. Walks until a node lies beyond the edge *and* enough
 * networks were seen, and takes at least {@link K}. Who crowds ids around a target pushes honest nodes beyond the 20th
 * place but cannot move the edge, so they are still in the set (spec 04 §4.9).
 */
export function takeUntilSecure<T extends Place>(sorted: readonly T[], target: Uint8Array, goal: ClosestSetGoal): T[] {
  const subnets = new Set<number>()
  for (const [index, { id, ip }] of sorted.entries()) {
    if (index >= K && subnets.size >= goal.subnets && distance128(target, id) >= goal.edge)
      return sorted.slice(0, index)
    subnets.add(ip >>> 26)
  }
  return sorted.slice()
}
