import type { Plan } from '../plan.ts'
import type { CaseReport } from '../report.ts'

/** What every group is given. */
export interface GroupInit {
  /** For the data of the servers. */
  readonly folder: string
  readonly plan: Plan
  /** Cases to leave out are those whose name does not match. */
  readonly only: RegExp | undefined
  /** `official` or the URL of a homeserver, to run the homeserver cases against as well. */
  readonly against: string | undefined
  /** Told what was found out about the servers themselves. */
  readonly note: (line: string) => void
}

/** Runs its cases one after the other and hands each report on as soon as it is there. */
export type Group = (init: GroupInit) => AsyncIterable<CaseReport>
