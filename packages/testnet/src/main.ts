import { createLogger, runProgram } from '@pubky/server-kit'
import { endpointLines, nextSteps } from './endpoints.ts'
import { commandLine, readSettings } from './program-settings.ts'
import { startStaticTestnet } from './static-testnet.ts'

/** Upstream's testnet takes its database from here. */
const IGNORED_VARIABLE = 'TEST_PUBKY_CONNECTION_STRING'

await runProgram({
  commandLine,
  async start(options, words) {
    const settings = readSettings(options, words)
    const log = createLogger({ name: 'pubky-testnet', level: settings.logLevel, format: settings.logFormat })
    if (process.env[IGNORED_VARIABLE] !== undefined) {
      log.warn(`${IGNORED_VARIABLE} is ignored: this testnet needs no database`)
    }
    const network = await startStaticTestnet({ ...settings.testnet, log })
    for (const line of endpointLines(network)) log.info(line)
    if (settings.logFormat !== 'json' && log.isLevelEnabled('info')) process.stdout.write(nextSteps(network))
    return network
  },
})
