import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

/** Levels from most to least talkative; `silent` logs nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** `json`: one object a line; `text`: one readable line; `auto`: text on a terminal, else JSON. */
export const LOG_FORMATS = ['auto', 'json', 'text'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** What a secret value is replaced by. */
export const REDACTED = '[redacted]'

const SECRET_FIELDS = [
  'admin_password',
  'adminPassword',
  'authorization',
  'bearer',
  'cookie',
  'keypair',
  'password',
  'proxy-authorization',
  'secret',
  'secretKey',
  'set-cookie',
  'signup_token',
  'signupToken',
  'token',
  'x-admin-password',
]

/**
 * Makes a structured logger. Fields named like secrets (passwords, tokens, cookies, keys) are replaced at any of the
 * first three levels of a record. Request targets are not: pass them through {@link redactTarget}.
 *
 * @param init.name the program, shown on each line
 * @param init.destination where lines go; default: standard output, flushed when the process ends
 */
export function createLogger(init: {
  readonly name: string
  readonly level?: LogLevel
  readonly format?: LogFormat
  readonly destination?: DestinationStream
}): Logger {
  const format = init.format ?? 'auto'
  const isText = format === 'text' || (format === 'auto' && process.stdout.isTTY === true)
  const sink = init.destination ?? destination({ dest: 1, sync: isText })
  const isColoured = init.destination === undefined && process.stdout.isTTY === true && !process.env.NO_COLOR
  const stream = isText ? { write: (line: string) => sink.write(formatLogLine(line, isColoured)) } : sink
  return pino(
    {
      level: init.level ?? 'info',
      base: { name: init.name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths(), censor: REDACTED },
    },
    stream,
  )
}

/** A logger that drops everything, for tests and as a default of library functions. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}

/**
 * A request target that is safe to log: the values of `signup_token`, `token` and `secret` parameters and the segment
 * after `/signup_tokens/` are replaced (spec 03 §6.3).
 */
export function redactTarget(target: string): string {
  return target
    .replace(/([?&](?:signup_token|token|secret|st)=)[^&#]*/gi, `$1${REDACTED}`)
    .replace(/(\/signup_tokens\/)[^/?#]+/g, `$1${REDACTED}`)
}

const COLOURS: Readonly<Record<string, string>> = {
  trace: '\u001B[90m',
  debug: '\u001B[36m',
  info: '\u001B[32m',
  warn: '\u001B[33m',
  error: '\u001B[31m',
  fatal: '\u001B[31m',
}
const RESET = '\u001B[0m'

/** One JSON record as `time LEVEL name: message key=value`; a line that is not a record is passed through. */
function formatLogLine(line: string, isColoured: boolean): string {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return line
  }
  if (typeof record !== 'object' || record === null) return line
  const { level, time, name, msg, err, ...fields }: Record<string, unknown> = { ...record }
  const label = String(level)
  const shown = label.toUpperCase().padEnd(5)
  const coloured = isColoured ? `${COLOURS[label] ?? ''}${shown}${RESET}` : shown
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${formatField(value)}`)
  const stack = describeError(err)
  return `${String(time)} ${coloured} ${String(name)}: ${String(msg ?? '')}${pairs.join('')}${stack}\n`
}

function formatField(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value
  return JSON.stringify(value)
}

function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { stack, message }: { stack?: unknown; message?: unknown } = error
  const text = typeof stack === 'string' ? stack : String(message)
  return `\n  ${text.replaceAll('\n', '\n  ')}`
}

function redactedPaths(): string[] {
  return SECRET_FIELDS.flatMap((field) => {
    const key = /^[A-Za-z_]+$/.test(field) ? field : `["${field}"]`
    const joined = key.startsWith('[') ? key : `.${key}`
    return [key, `*${joined}`, `*.*${joined}`]
  })
}
