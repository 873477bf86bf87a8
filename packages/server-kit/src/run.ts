import { type CommandLine, type OptionSpec, type OptionValues, parseArguments } from './arguments.ts'
import { ServerKitError } from './errors.ts'

/** The parts of the process that a program uses; `process` fits. */
export interface ProgramHost {
  readonly argv: readonly string[]
  readonly versions: { readonly node: string }
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): void
}

/** The oldest Node that has all the servers use. Package managers only warn of an older one. */
const OLDEST_NODE = 24

/**
 * The `main` of a server: parses the command line, starts, waits for SIGINT or SIGTERM, stops, and ends the process with
 * 0. A second signal half a second after the first ends it at once. A wrong command line, and a Node that is too old,
 * end with 2, any other failure to start or stop with 1; the reason goes to standard error, with a stack only for what is
 * not a {@link ServerKitError}.
 *
 * @param init.start starts everything and returns what has to be disposed of; `undefined` when the work is already done.
 *   Its signal is aborted when the process is told to end while it is still starting
 */
export async function runProgram<const O extends Readonly<Record<string, OptionSpec>>>(init: {
  readonly commandLine: CommandLine<O>
  readonly start: (
    options: OptionValues<O>,
    words: readonly string[],
    signal: AbortSignal,
  ) => Promise<AsyncDisposable | undefined>
  readonly host?: ProgramHost
}): Promise<void> {
  const host = init.host ?? process
  try {
    const parsed = parseArguments(init.commandLine, host.argv.slice(2))
    if (parsed.kind === 'print') host.stdout.write(parsed.text)
    else if (Number.parseInt(host.versions.node, 10) < OLDEST_NODE) {
      throw new ServerKitError('usage', `needs Node ${OLDEST_NODE} or newer; this is ${host.versions.node}`)
    } else await runUntilSignal((signal) => init.start(parsed.options, parsed.words, signal), host)
    host.exit(0)
  } catch (error) {
    host.stderr.write(`${init.commandLine.name}: ${explainFailure(error)}\n`)
    host.exit(error instanceof ServerKitError && error.code === 'usage' ? 2 : 1)
  }
}

/** Package managers pass on the signal that the terminal has sent to everybody already: that is not a second one. */
const REPEAT_MS = 500

/** Starts, waits for SIGINT or SIGTERM, and disposes of what was started; a later signal ends the process with 1. */
export async function runUntilSignal(
  start: (signal: AbortSignal) => Promise<AsyncDisposable | undefined>,
  host: ProgramHost = process,
): Promise<void> {
  const stopping = new AbortController()
  const told = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let firstAt: number | undefined
  const onSignal = (): void => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt >= REPEAT_MS) host.exit(1)
    firstAt ??= now
    stopping.abort()
  }
  host.on('SIGINT', onSignal)
  host.on('SIGTERM', onSignal)
  try {
    await using running = await start(stopping.signal)
    if (running !== undefined) await told
  } catch (error) {
    if (!stopping.signal.aborted || error !== stopping.signal.reason) throw error
  } finally {
    host.off('SIGINT', onSignal)
    host.off('SIGTERM', onSignal)
  }
}

function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof ServerKitError) return error.message
  const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : ''
  return `${error.stack ?? error.message}${cause}`
}
