import type { Case } from './cases/case.ts'
import { type Figures, median } from './round.ts'

/** All figures of one case, as `--json` prints them. */
export interface CaseReport {
  readonly name: string
  readonly bar?: number
  readonly figures: readonly Figures[]
  /** True when a ratio spread so far that no verdict would be honest. */
  readonly noisy: boolean
}

export function caseReport(bench: Case, figures: readonly Figures[]): CaseReport {
  const ratios = figures.find((entrant) => entrant.name === 'raw')?.ratios ?? []
  const spread = (Math.max(...ratios) - Math.min(...ratios)) / median(ratios)
  return { name: bench.name, ...(bench.bar === undefined ? {} : { bar: bench.bar }), figures, noisy: spread > 0.3 }
}

const number = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3))

function ratio(figures: Figures | undefined): string {
  if (figures === undefined) return '–'
  const { ratios } = figures
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
}

function verdict(report: CaseReport): string {
  if (report.bar === undefined) return ''
  const raw = report.figures.find((entrant) => entrant.name === 'raw')
  if (raw === undefined) return ''
  if (median(raw.ratios) >= report.bar) return `≥ ${report.bar} ok`
  return report.noisy ? `≥ ${report.bar} noisy` : `≥ ${report.bar} MISSED`
}

/** One table: a row per case, rates as medians, ratios as median (least–most) of the rounds. */
export function printTable(reports: readonly CaseReport[]): void {
  const rows = reports.map((report) => {
    const find = (name: string) => report.figures.find((entrant) => entrant.name === name)
    const ours = find('ours')!
    const plain = find('plain')
    return [
      report.name,
      number(median(ours.rates)),
      ours.p50.toFixed(2),
      ours.p99.toFixed(1),
      number(ours.cpuMicros),
      plain === undefined ? '–' : number(median(plain.rates)),
      find('raw') === undefined ? '–' : number(median(find('raw')!.rates)),
      ratio(find('raw')),
      ratio(find('nginx')),
      ours.clientLoad > 0.9 || (find('raw')?.clientLoad ?? 0) > 0.9 ? 'client-bound' : '',
      verdict(report),
    ]
  })
  const head = [
    'case',
    'ours/s',
    'p50 ms',
    'p99 ms',
    'CPU µs',
    'no enc./s',
    'raw/s',
    'ours ÷ raw',
    'ours ÷ nginx',
    '',
    'bar (raw)',
  ]
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
  }
}
