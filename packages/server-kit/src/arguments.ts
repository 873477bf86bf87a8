import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { ServerKitError } from './errors.ts'

/**
 * One option of a program:
 * - `text`: takes a value; - `integer`: takes a whole number from `min` (default 0) to `max`; - `choice`: one of `of`;
 * - `list`: may be repeated, each time with a value; - `flag`: present or not; - `count`: how often it is present
 */
export interface OptionSpec {
  readonly type: 'text' | 'integer' | 'choice' | 'list' | 'flag' | 'count'
  /** One letter for `-x`. */
  readonly short?: string
  /** Name of the value in the help text, such as `DIR`. */
  readonly value?: string
  readonly help: string
  readonly min?: number
  readonly max?: number
  readonly of?: readonly string[]
}

/** What a program can be told on its command line. */
export interface CommandLine<O extends Readonly<Record<string, OptionSpec>>> {
  readonly name: string
  readonly version: string
  /** One sentence. */
  readonly summary: string
  readonly options: O
  /** The words after the options, as shown in the help text, such as `[init]`; without it none are taken. */
  readonly words?: { readonly usage: string; readonly help: string }
}

type OptionValue<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'count'
    ? number
    : S['type'] extends 'list'
      ? readonly string[]
      : S['type'] extends 'integer'
        ? number | undefined
        : S extends { readonly of: readonly (infer Word)[] }
          ? Word | undefined
          : string | undefined

/** The parsed options: texts, integers and choices are `undefined` when absent, flags `false`, counts 0, lists empty. */
export type OptionValues<O extends Readonly<Record<string, OptionSpec>>> = {
  readonly [K in keyof O]: OptionValue<O[K]>
}

/** What to do: print `text` and end well, or run. */
export type ParsedArguments<O extends Readonly<Record<string, OptionSpec>>> =
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'run'; readonly options: OptionValues<O>; readonly words: readonly string[] }

/**
 * Reads a command line. Every program also takes `-h`, `--help`, `-V` and `--version`.
 *
 * @param argv without the interpreter and the script; a leading `--`, which `pnpm start -- …` leaves there, is dropped
 * @throws ServerKitError `usage`: unknown option, missing or bad value, unexpected word
 */
export function parseArguments<const O extends Readonly<Record<string, OptionSpec>>>(
  commandLine: CommandLine<O>,
  argv: readonly string[],
): ParsedArguments<O> {
  const args = argv[0] === '--' ? argv.slice(1) : [...argv]
  const { values, positionals } = parseStrictly(commandLine, args)
  if (values.help === true) return { kind: 'print', text: helpText(commandLine) }
  if (values.version === true) return { kind: 'print', text: `${commandLine.name} ${commandLine.version}\n` }
  if (commandLine.words === undefined && positionals.length > 0) {
    throw usage(commandLine, `unexpected argument '${positionals[0]}'`)
  }
  const entries = Object.entries(commandLine.options).map(([name, spec]) => [
    name,
    readOption(commandLine, name, spec, values[name]),
  ])
  return { kind: 'run', options: Object.fromEntries(entries), words: positionals }
}

/** The text that `--help` prints. */
export function helpText(commandLine: CommandLine<Readonly<Record<string, OptionSpec>>>): string {
  const rows = Object.entries(commandLine.options).map(([name, spec]) => {
    const short = spec.short === undefined ? '    ' : `-${spec.short}, `
    const takesValue = spec.type !== 'flag' && spec.type !== 'count'
    return [`  ${short}--${name}${takesValue ? ` <${spec.value ?? spec.type}>` : ''}`, spec.help] as const
  })
  rows.push(['  -h, --help', 'Print this text'], ['  -V, --version', 'Print the version'])
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  const words = commandLine.words
  return [
    commandLine.summary,
    '',
    `Usage: ${commandLine.name} [options]${words === undefined ? '' : ` ${words.usage}`}`,
    ...(words === undefined ? [] : ['', words.help]),
    '',
    'Options:',
    ...rows.map(([left, right]) => `${left.padEnd(width)}${right}`),
    '',
  ].join('\n')
}

type RawValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

function parseStrictly(
  commandLine: CommandLine<Readonly<Record<string, OptionSpec>>>,
  args: string[],
): { readonly values: RawValues; readonly positionals: readonly string[] } {
  const options: ParseArgsOptionsConfig = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'V' },
  }
  for (const [name, spec] of Object.entries(commandLine.options)) {
    options[name] = {
      type: spec.type === 'flag' || spec.type === 'count' ? 'boolean' : 'string',
      multiple: spec.type === 'list' || spec.type === 'count',
      ...(spec.short === undefined ? {} : { short: spec.short }),
    }
  }
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true })
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('. ') : []
    throw usage(commandLine, reason, error)
  }
}

function readOption(
  commandLine: CommandLine<Readonly<Record<string, OptionSpec>>>,
  name: string,
  spec: OptionSpec,
  raw: RawValues[string],
): string | number | boolean | readonly string[] | undefined {
  const repeated = Array.isArray(raw) ? raw : []
  if (spec.type === 'flag') return raw === true
  if (spec.type === 'count') return repeated.length
  if (spec.type === 'list') return repeated.filter((item) => typeof item === 'string')
  if (typeof raw !== 'string') return undefined
  if (spec.type === 'text') return raw
  if (spec.type === 'choice') {
    const { of: words = [] } = spec
    if (words.includes(raw)) return raw
    throw usage(commandLine, `--${name} takes ${words.join(', ')}, not '${raw}'`)
  }
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec
  const number = /^[0-9]{1,16}$/.test(raw) ? Number(raw) : Number.NaN
  if (!(number >= min && number <= max)) {
    throw usage(commandLine, `--${name} takes a whole number from ${min} to ${max}, not '${raw}'`)
  }
  return number
}

function usage(commandLine: { readonly name: string }, reason: string, cause?: unknown): ServerKitError {
  return new ServerKitError('usage', `${reason}\nTry '${commandLine.name} --help'.`, { cause })
}
