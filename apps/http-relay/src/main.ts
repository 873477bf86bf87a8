#!/usr/bin/env node
import { mkdir } from 'node:fs/promises'
import { createLogger, resolveUserPath, runProgram } from '@pubky/server-kit'
import { createHttpRelay } from './http-relay.ts'
import { commandLine, readSettings } from './program-settings.ts'

await runProgram({
  commandLine,
  async start(options) {
    const settings = await readSettings(options)
    const log = createLogger({ name: commandLine.name, level: settings.logLevel, format: settings.logFormat })
    for (const warning of settings.warnings) log.warn(warning)
    if (options.data !== undefined) await mkdir(resolveUserPath(options.data), { recursive: true, mode: 0o700 })
    const relay = await createHttpRelay({ ...settings.relay, log })
    log.info(`HTTP relay listening on ${relay.url} (${relay.addresses.join(', ')})`)
    log.info(`Messages are kept in ${settings.relay.persistDb ?? 'memory'}. Press Ctrl+C to stop`)
    return relay
  },
})
