import { mkdir } from 'node:fs/promises'
import { createLogger, resolveUserPath, runProgram, ServerKitError } from '@pubky/server-kit'
import { createHttpRelay } from './http-relay.ts'
import { commandLine, readSettings } from './program-settings.ts'

await runProgram({
  commandLine,
  async start(options) {
    const settings = await readSettings(options)
    const log = createLogger({ name: commandLine.name, level: settings.logLevel, format: settings.logFormat })
    for (const warning of settings.warnings) log.warn(warning)
    if (options.data !== undefined) await makeFolder(resolveUserPath(options.data))
    const relay = await createHttpRelay({ ...settings.relay, log })
    log.info(`HTTP relay listening on ${relay.url} (${relay.addresses.join(', ')})`)
    log.info(`Messages are kept in ${settings.relay.persistDb ?? 'memory'}. Press Ctrl+C to stop`)
    return relay
  },
})

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServerKitError('config', `--data: cannot use ${path}: ${reason}`, { cause })
  }
}
