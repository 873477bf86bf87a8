import { readFileSync } from 'node:fs'
import type { CaseReport } from './report.ts'
import { median, spread } from './statistics.ts'

/** What a measure must reach. */
export interface Bar {
  readonly least?: number
  readonly most?: number
  /** What the project aims for beyond the bar, in the same direction. */
  readonly aim?: number
}

/** Bars by group, case and measure. */
export type Bars = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Bar>>>>>>

export interface Verdict {
  readonly group: string
  readonly case: string
  readonly measure: string
  readonly median: number
  readonly bar: Bar
  /** `noisy`: the rounds disagree too much for an honest word. */
  readonly verdict: 'ok' | 'missed' | 'noisy'
  readonly isAimReached: boolean
}

/** Above this spread of the rounds nothing is passed or failed. */
const NOISY = 0.3

/** The bars this project stands for. */
export const OWN_BARS = new URL('../bars.json', import.meta.url)

export function loadBars(file: string | URL): Bars {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Holds the measures that have a bar against it. */
export function judge(report: CaseReport, bars: Bars): Verdict[] {
  return report.measures.flatMap(({ name, values }) => {
    const bar = bars[report.group]?.[report.name]?.[name]
    if (bar === undefined || values.length === 0) return []
    const middle = median(values)
    const isReached = middle >= (bar.least ?? Number.NEGATIVE_INFINITY) && middle <= (bar.most ?? Infinity)
    const isAimReached =
      bar.most === undefined ? middle >= (bar.aim ?? bar.least ?? 0) : middle <= (bar.aim ?? bar.most)
    const verdict = spread(values) > NOISY ? 'noisy' : isReached ? 'ok' : 'missed'
    return [{ group: report.group, case: report.name, measure: name, median: middle, bar, verdict, isAimReached }]
  })
}
