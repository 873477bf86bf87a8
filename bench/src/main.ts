import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { judge, loadBars, OWN_BARS, type Verdict } from './bars.ts'
import { RUN } from './groups/all.ts'
import { describeLoad, describeMachine, isTmpfs, loadAverage } from './machine.ts'
import { HELP, type Options, readOptions, UsageError } from './options.ts'
import type { CaseReport } from './report.ts'
import { sentenceOf } from './sentence.ts'
import { tableOf } from './table.ts'

try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) console.log(HELP)
  else process.exitCode = await main(options)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`bench: ${error.message}\nTry 'pnpm bench --help'.`)
  process.exitCode = 2
}

async function main(options: Options): Promise<number> {
  // Standard output is for the result, whatever other programs have to say.
  if (options.isJson) console.log = console.error
  const folder = mkdtempSync(join(options.directory, 'pubky-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  if (isTmpfs(folder) && !options.allowsTmpfs) {
    console.error(`${folder} is in memory, where writes cost nothing. Name a folder on a disk with --dir.`)
    return 2
  }
  return await bench(options, folder)
}

async function bench(options: Options, folder: string): Promise<number> {
  const { groups, plan, only, against } = options
  const loadBefore = loadAverage()
  const facts = describeMachine(folder)
  const reports: CaseReport[] = []
  for (const group of groups) {
    const groupFolder = join(folder, group)
    mkdirSync(groupFolder)
    const init = { folder: groupFolder, plan, only, against, note: (line: string) => facts.push(line) }
    for await (const report of RUN[group](init)) {
      reports.push(report)
      console.error(`  ${report.group}: ${report.name}`)
    }
    rmSync(groupFolder, { recursive: true, force: true })
  }
  facts.push(describeLoad(loadBefore))
  const bars = loadBars(options.barsFile ?? OWN_BARS)
  const isJudged = plan.name !== 'smoke'
  const verdicts = isJudged ? reports.flatMap((report) => judge(report, bars)) : []
  const sentence = isJudged
    ? sentenceOf(reports, verdicts, `${cpus().length} cores of ${cpus()[0]?.model ?? 'a machine'}`)
    : undefined
  if (options.isJson) {
    process.stdout.write(`${JSON.stringify({ plan, facts, reports, verdicts, sentence }, null, 2)}\n`)
  } else {
    for (const line of [...facts, '', ...tableOf(reports, verdicts), '', summaryOf(plan.name, verdicts)])
      console.log(line)
    if (sentence !== undefined) console.log(sentence)
  }
  const isMissed = verdicts.some(({ verdict }) => verdict === 'missed')
  return options.barsFile !== undefined && isMissed ? 1 : 0
}

function summaryOf(plan: string, verdicts: readonly Verdict[]): string {
  if (plan === 'smoke') return 'Everything ran. Nothing was measured: a smoke run is too short for that.'
  const count = (wanted: Verdict['verdict']) => verdicts.filter(({ verdict }) => verdict === wanted).length
  return `Bars: ${count('ok')} reached, ${count('missed')} missed, ${count('noisy')} too noisy to tell.`
}
