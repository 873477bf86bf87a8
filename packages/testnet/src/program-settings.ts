import {
  type CommandLine,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type OptionSpec,
  type OptionValues,
  packageVersion,
  resolveUserPath,
  ServerKitError,
} from '@pubky/server-kit'
import { STATIC_PORTS, type TestnetPorts } from './constants.ts'
import type { StaticTestnetInit } from './static-testnet.ts'

const port = (help: string, standard: number) =>
  ({ type: 'integer', value: 'PORT', max: 65_535, help: `${help} (${standard}); 0 for a free port` }) as const

/** The command line of spec 06 §9.3, and the options that upstream lacks. */
export const commandLine = {
  name: 'pubky-testnet',
  version: packageVersion(import.meta.url),
  summary: 'A whole Pubky network in one process: DHT, Pkarr relay, HTTP relay and a homeserver.',
  options: {
    data: { type: 'text', short: 'd', value: 'DIR', help: 'Keep the state in DIR; without it, it is lost at the end' },
    host: {
      type: 'text',
      value: 'NAME',
      help: 'Name of this machine for clients elsewhere; opens all addresses (localhost)',
    },
    'homeserver-config': { type: 'text', value: 'FILE', help: 'Configuration of the homeserver; seeds a fresh DIR' },
    'dht-port': port('UDP port of the first DHT node', STATIC_PORTS.dht),
    'pkarr-relay-port': port('Port of the Pkarr relay', STATIC_PORTS.pkarrRelay),
    'http-relay-port': port('Port of the HTTP relay', STATIC_PORTS.httpRelay),
    'icann-port': port("Port of the homeserver's plain HTTP", STATIC_PORTS.icann),
    'pubky-port': port("Port of the homeserver's PubkyTLS", STATIC_PORTS.pubky),
    'admin-port': port("Port of the homeserver's admin API", STATIC_PORTS.admin),
    'log-level': { type: 'choice', of: LOG_LEVELS, value: 'LEVEL', help: `${LOG_LEVELS.join(', ')} (info)` },
    'log-format': { type: 'choice', of: LOG_FORMATS, value: 'FORMAT', help: `${LOG_FORMATS.join(', ')} (text)` },
  },
  words: {
    usage: '[persist DIR]',
    help: 'persist DIR: as --data DIR, but a fresh DIR gets the settings of a homeserver, so sign-up needs a token.',
  },
} as const satisfies CommandLine<Record<string, OptionSpec>>

/** What the program runs with. */
export interface ProgramSettings {
  readonly testnet: Omit<StaticTestnetInit, 'log'>
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
}

/** @throws ServerKitError `usage` */
export function readSettings(
  options: OptionValues<typeof commandLine.options>,
  words: readonly string[],
): ProgramSettings {
  const [command] = words
  const folder = words.at(1)
  if (command !== undefined && (command !== 'persist' || words.length !== 2)) {
    throw new ServerKitError('usage', `expected 'persist DIR', not '${words.join(' ')}'`)
  }
  if (folder !== undefined && options.data !== undefined) {
    throw new ServerKitError('usage', "--data and 'persist' name two folders; give one of them")
  }
  const data = folder ?? options.data
  const config = options['homeserver-config']
  return {
    testnet: {
      ports: readPorts(options),
      freshData: folder === undefined ? 'open' : 'token-required',
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(data === undefined ? {} : { data: resolveUserPath(data) }),
      ...(config === undefined ? {} : { homeserverConfig: resolveUserPath(config) }),
    },
    logLevel: options['log-level'] ?? 'info',
    logFormat: options['log-format'] ?? 'text',
  }
}

function readPorts(options: OptionValues<typeof commandLine.options>): TestnetPorts {
  return {
    dht: options['dht-port'] ?? STATIC_PORTS.dht,
    pkarrRelay: options['pkarr-relay-port'] ?? STATIC_PORTS.pkarrRelay,
    httpRelay: options['http-relay-port'] ?? STATIC_PORTS.httpRelay,
    icann: options['icann-port'] ?? STATIC_PORTS.icann,
    pubky: options['pubky-port'] ?? STATIC_PORTS.pubky,
    admin: options['admin-port'] ?? STATIC_PORTS.admin,
  }
}
