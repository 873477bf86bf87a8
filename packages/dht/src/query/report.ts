import { DhtError } from '../errors.ts'

/** What one node's answer was worth to a lookup. */
export type Verdict = 'values' | 'noValues' | 'noMoreRecent' | 'invalidValues' | 'invalidResponses' | 'errors'

/** How a lookup went: how many nodes were asked, and what they said (spec 04 §4.7). */
export interface LookupReport extends Readonly<Record<Verdict, number>> {
  readonly queried: number
}

/** A report that counts. */
export type RunningReport = { -readonly [Member in keyof LookupReport]: number }

export function emptyReport(): RunningReport {
  return { queried: 0, values: 0, noValues: 0, noMoreRecent: 0, invalidValues: 0, invalidResponses: 0, errors: 0 }
}

/** How many nodes answered at all. */
export function respondedNodes(report: LookupReport): number {
  return usableNodes(report) + report.invalidValues + report.invalidResponses + report.errors
}

/** How many nodes answered the question. */
export function usableNodes(report: LookupReport): number {
  return report.values + report.noValues + report.noMoreRecent
}

/** @throws DhtError `no-nodes-queried`, `no-responses` or `no-usable-responses`: "not found" would be a guess */
export function assertConclusive(report: LookupReport): void {
  if (report.queried === 0) throw new DhtError('no-nodes-queried', 'the lookup knew no node to ask')
  if (respondedNodes(report) === 0) {
    throw new DhtError('no-responses', `none of the ${report.queried} nodes asked answered`)
  }
  if (usableNodes(report) === 0) {
    throw new DhtError('no-usable-responses', `none of the ${respondedNodes(report)} answers was usable`)
  }
}
