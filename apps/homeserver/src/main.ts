/** The command line: `pubky-homeserver [--data DIR] [init]`. */
import { existsSync } from 'node:fs'
import { createLogger, type OptionValues, resolveUserPath, runProgram, ServerKitError } from '@pubky/server-kit'
import {
  encryptionKeyFile,
  exposedFiles,
  loadIdentity,
  locateDataDirectory,
  prepareDataDirectory,
} from './config/data-directory.ts'
import { loadHomeserverConfig } from './config/load.ts'
import { HomeserverError } from './error.ts'
import { createHomeserver, type Homeserver, type HomeserverInit } from './homeserver.ts'
import { VERSION } from './version.ts'
import { boundYoungGeneration } from './young-generation.ts'

const OPTIONS = {
  data: { type: 'text', short: 'd', value: 'DIR', help: 'Data directory, created if missing; default ~/.pubky' },
  'data-dir': { type: 'text', value: 'DIR', help: 'The same, as the official homeserver calls it' },
  config: {
    type: 'text',
    short: 'c',
    value: 'FILE',
    help: 'Configuration file; default config.toml in the data directory',
  },
} as const

boundYoungGeneration()
await runProgram({
  commandLine: {
    name: 'pubky-homeserver',
    version: VERSION,
    summary: 'A Pubky homeserver: stores and serves the files of its users.',
    options: OPTIONS,
    words: { usage: '[init]', help: 'init: create data directory, configuration and key, then exit.' },
  },
  start: run,
})

async function run(
  options: OptionValues<typeof OPTIONS>,
  words: readonly string[],
): Promise<AsyncDisposable | undefined> {
  const [word] = words
  if (words.length > 1 || (word !== undefined && word !== 'init')) {
    throw new ServerKitError('usage', `unexpected argument '${words.join(' ')}'; the only one is init`)
  }
  const directory = await locateDataDirectory(options.data ?? options['data-dir'])
  await prepareDataDirectory(directory)
  const { config, warnings } = await loadHomeserverConfig(
    options.config === undefined ? directory.configFile : resolveUserPath(options.config),
  )
  const keypair = await loadIdentity(directory)
  if (word === 'init') {
    process.stdout.write(`Data directory initialized at ${directory.path}.\nPublic key: ${keypair.publicKey.z32()}\n`)
    return undefined
  }
  const log = createLogger({ name: 'homeserver', level: config.logging.level, format: config.logging.format })
  log.info(`Pubky Homeserver version ${VERSION}`)
  for (const warning of warnings) log.warn(warning)
  const keyFile = encryptionKeyFile(directory, config.storage.encryption.key_file)
  for (const file of await exposedFiles([directory.secretFile, keyFile])) {
    log.warn(`Other users of this machine can read ${file}: chmod go= it`)
  }
  const isKeyNew = config.storage.encryption.enabled && !existsSync(keyFile)
  const homeserver = await createOrExplain({
    keypair,
    config,
    directory: directory.dataFolder,
    encryption: { keyFile },
    log,
    onFatal(error) {
      log.fatal({ err: error }, 'the disk can no longer be trusted: exiting so that nothing more is acknowledged')
      process.exit(1)
    },
  }).finally(() => {
    // Also when the start fails later, for a taken port: the next one would not tell.
    if (!isKeyNew || !existsSync(keyFile)) return
    log.warn(`Created the encryption key ${keyFile}: without it the data cannot be read. Keep a copy elsewhere.`)
  })
  log.info(`Homeserver HTTP listening on ${homeserver.icannUrl}`)
  log.info(`Homeserver Pubky TLS listening on https://${homeserver.publicKey.z32()} (port ${homeserver.pubkyTlsPort})`)
  if (homeserver.adminUrl !== undefined) log.info(`Admin server listening on ${homeserver.adminUrl}`)
  if (homeserver.metricsUrl !== undefined) log.info(`Metrics server listening on ${homeserver.metricsUrl}`)
  log.info('Press Ctrl+C to stop the Homeserver')
  return {
    async [Symbol.asyncDispose]() {
      log.info('Stopping: running requests may finish')
      await homeserver[Symbol.asyncDispose]()
      log.info('Stopped')
    },
  }
}

/** A storage that cannot be used is the operator's matter: the message says all, and a stack trace nothing more. */
async function createOrExplain(init: HomeserverInit): Promise<Homeserver> {
  try {
    return await createHomeserver(init)
  } catch (cause) {
    if (!(cause instanceof HomeserverError)) throw cause
    const reason = cause.cause instanceof Error ? `\n  because: ${cause.cause.message}` : ''
    throw new ServerKitError('config', `${cause.message}${reason}`, { cause })
  }
}
