import type { Verdict } from './bars.ts'
import type { CaseReport, Measure, Side } from './report.ts'
import { median } from './statistics.ts'

const HEAD = [
  'case',
  'ours /s (least–most)',
  'p50 ms',
  'p99',
  'p99.9',
  'CPU µs',
  'MiB',
  'against',
  'its /s',
  'ratio or value (least–most)',
  'bar',
]
/** Columns that hold text. */
const LEFT = [0, 7, 10]

/** One table: a row for each peer and each measure of a case; rates are medians, ratios those of the rounds. */
export function tableOf(reports: readonly CaseReport[], verdicts: readonly Verdict[]): string[] {
  const rows = reports.flatMap((report) => rowsOf(report, verdicts))
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const lines = [HEAD, ...rows].map((row) =>
    row
      .map((cell, column) => (LEFT.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  const remarks = reports.filter((report) => report.remarks.length > 0)
  return [...lines, '', ...remarks.map(({ name, remarks }) => `${name}: ${remarks.join('; ')}`)]
}

function rowsOf(report: CaseReport, verdicts: readonly Verdict[]): string[][] {
  const { ours, peers, measures, unit } = report
  const name = unit === 'requests' ? report.name : `${report.name} (${unit})`
  const own = [
    name,
    range(ours.rates),
    milliseconds(ours.p50),
    milliseconds(ours.p99),
    milliseconds(ours.p999),
    ours.cpuMicros.length === 0 ? '' : number(median(ours.cpuMicros)),
    ours.residentMiB === 0 ? '' : number(ours.residentMiB),
  ]
  const rows = measures.map((measure) => compared(report, measure, peers, verdicts))
  if (rows.length === 0) rows.push(['', '', '', ''])
  return rows.map((row, index) => [...(index === 0 ? own : own.map(() => '')), ...row])
}

function compared(
  report: CaseReport,
  measure: Measure,
  peers: readonly Side[],
  verdicts: readonly Verdict[],
): string[] {
  const peer = peers.find(({ name }) => name === measure.name)
  const found = verdicts.find(
    (verdict) => verdict.group === report.group && verdict.case === report.name && verdict.measure === measure.name,
  )
  return [
    measure.name,
    peer === undefined ? '' : number(median(peer.rates)),
    range(measure.values),
    found === undefined ? '' : verdictText(found),
  ]
}

/** A verdict in a few words, such as `≥ 0.18 ok, aim 0.25 not yet`. */
function verdictText({ bar, verdict, isAimReached }: Verdict): string {
  const wanted = bar.least === undefined ? `≤ ${bar.most}` : `≥ ${bar.least}`
  const aim =
    bar.aim === undefined || verdict !== 'ok' ? '' : `, aim ${bar.aim} ${isAimReached ? 'reached' : 'not yet'}`
  return `${wanted} ${verdict === 'missed' ? 'MISSED' : verdict}${aim}`
}

function range(values: readonly number[]): string {
  const middle = number(median(values))
  if (values.length < 2) return middle
  return `${middle} (${number(Math.min(...values))}–${number(Math.max(...values))})`
}

function milliseconds(values: readonly number[]): string {
  return values.length === 0 ? '' : median(values).toFixed(2)
}

/** Three digits, or whole thousands. */
export function number(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}
