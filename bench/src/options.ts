import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { GROUPS, type GroupName, isGroupName } from './groups/all.ts'
import { PLANS, type Plan } from './plan.ts'

export const HELP = `Paired benchmarks of this project's servers, against what else there is on this machine.

Usage: pnpm bench [options]

  --group LIST      which of ${GROUPS.join(',')}; default homeserver
  --all             all groups
  --quick           3 rounds of 1 s a case and side (default)
  --full            7 rounds of 5 s
  --smoke           everything once and very shortly: shows that it runs, measures nothing; implies --all
  --only PATTERN    cases whose name matches this regular expression
  --against WHAT    run the homeserver cases against another homeserver too: official starts the official one where
                    it is installed, or the URL of one on this machine that lets everybody sign up
  --min-ratio FILE  exit with 1 when a measure misses its bar in this file (ours: bench/bars.json)
  --json            figures and verdicts as JSON instead of the table
  --dir DIR         where the data goes (default: a new folder in ${tmpdir()}); must be on a disk
  --allow-tmpfs     accept a folder in memory

What the figures are: loopback, servers on one core and their clients on another where the system allows it, warm
caches. Ours answers a PUT when it is on disk, many with one flush; raw stores nothing, nginx writes without flushing.
Sides take turns in a new order every round, and ratios are taken within a round: trust them more than figures a
second. When the rounds of a measure differ by more than 30 % it is called noisy, and neither passes nor fails.
Latency counts from when a request was sent; at fixed rates (events, cold look-ups) from when it was due.
A wrong answer, a lost file or event ends the run without a result.`

/** What the command line asks for. */
export interface Options {
  readonly groups: readonly GroupName[]
  readonly plan: Plan
  readonly only: RegExp | undefined
  readonly against: string | undefined
  readonly barsFile: string | undefined
  readonly isJson: boolean
  readonly directory: string
  readonly allowsTmpfs: boolean
}

/** The command line is wrong; `message` says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @returns undefined when only help is wanted @throws UsageError for what it does not understand */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    return parseOptions(args)
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      group: { type: 'string' },
      all: { type: 'boolean' },
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      smoke: { type: 'boolean' },
      only: { type: 'string' },
      against: { type: 'string' },
      'min-ratio': { type: 'string' },
      json: { type: 'boolean' },
      dir: { type: 'string' },
      'allow-tmpfs': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return undefined
  const isAll = values.all === true || (values.smoke === true && values.group === undefined)
  return {
    groups: isAll ? GROUPS : (values.group ?? 'homeserver').split(',').map(groupOf),
    plan: values.smoke ? PLANS.smoke : values.full ? PLANS.full : PLANS.quick,
    only: values.only === undefined ? undefined : new RegExp(values.only, 'i'),
    against: values.against,
    barsFile: values['min-ratio'],
    isJson: values.json === true,
    directory: values.dir ?? tmpdir(),
    allowsTmpfs: values['allow-tmpfs'] === true || values.smoke === true,
  }
}

function groupOf(name: string): GroupName {
  if (isGroupName(name)) return name
  throw new Error(`--group takes ${GROUPS.join(', ')}, not '${name}'`)
}
