import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchHomeserver, type Plan } from './homeserver.ts'
import { describeMachine, isTmpfs } from './machine.ts'
import { printTable } from './report.ts'

const HELP = `Paired benchmarks: ours, a raw node:http twin that stores nothing, and nginx if it is installed, in turn.

Usage: pnpm bench [options]

  --quick         3 rounds of 1.5 s a case, 10,000 files (default)
  --full          7 rounds of 5 s a case, 100,000 files
  --smoke         1 round of 0.3 s: shows that everything runs, measures nothing
  --only PATTERN  cases whose name matches this regular expression
  --dir DIR       where the data goes (default: a new folder in ${tmpdir()}); must be on a disk
  --allow-tmpfs   accept a folder in memory
  --json          all figures as JSON instead of the table

What the figures are: loopback, one core for the server and one for the client, warm caches. Ours acknowledges a PUT only
when it is on disk (one fsync for many writes); nginx and the twin make no such promise. Ratios are taken round by round;
trust them more than requests per second. A case in which the client used its core up is marked: its ratio flatters.`

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    quick: { type: 'boolean' },
    full: { type: 'boolean' },
    smoke: { type: 'boolean' },
    only: { type: 'string' },
    dir: { type: 'string' },
    'allow-tmpfs': { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

function chosenPlan(): Plan {
  if (values.full) return { scale: 'full', rounds: 7, seconds: 5 }
  if (values.smoke) return { scale: 'quick', rounds: 1, seconds: 0.3 }
  return { scale: 'quick', rounds: 3, seconds: 1.5 }
}

if (values.help) {
  console.log(HELP)
  process.exit(0)
}

const folder = mkdtempSync(join(values.dir ?? tmpdir(), 'pubky-bench-'))
try {
  if (isTmpfs(folder) && !values['allow-tmpfs'] && !values.smoke) {
    console.error(`${folder} is in memory, where writes cost nothing. Name a folder on a disk with --dir.`)
    process.exit(2)
  }
  const only = values.only === undefined ? undefined : new RegExp(values.only, 'i')
  const reports = await benchHomeserver(folder, chosenPlan(), only)
  const machine = describeMachine(folder)
  if (values.json) console.log(JSON.stringify({ machine, reports }, null, 2))
  else {
    for (const line of machine) console.log(line)
    console.log('')
    printTable(reports)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
