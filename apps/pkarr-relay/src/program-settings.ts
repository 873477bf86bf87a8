import { statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import {
  type CommandLine,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  loadConfig,
  type OptionSpec,
  type OptionValues,
  packageVersion,
  resolveUserPath,
  ServerKitError,
} from '@pubky/server-kit'
import { configSchema, type RelayConfig } from './config.ts'
import { DEFAULT_LIMITS, type LimitsInit } from './http/limits.ts'
import type { PkarrRelayInit } from './settings.ts'

/** Port of a relay on a test network (spec 04 §4.13). */
const TESTNET_PORT = 15_411

/** The command line of spec 04 §2.6, and the options that upstream lacks. */
export const commandLine = {
  name: 'pkarr-relay',
  version: packageVersion(import.meta.url),
  summary: 'A door to signed packets in the Mainline DHT, for browsers.',
  options: {
    config: { type: 'text', short: 'c', value: 'FILE', help: 'Configuration file; without one, requests are limited' },
    data: { type: 'text', short: 'd', value: 'DIR', help: 'Folder for config.toml and the cache' },
    port: { type: 'integer', short: 'p', value: 'PORT', max: 65_535, help: 'Port, 0 for a free one (6881)' },
    testnet: { type: 'flag', help: 'Run a small DHT of its own on this machine, on port 15411, without limits' },
    'tracing-env-filter': { type: 'text', short: 't', value: 'LEVEL', help: 'trace, debug, info, warn, error, silent' },
  },
} as const satisfies CommandLine<Record<string, OptionSpec>>

/** What the program runs with. */
export interface ProgramSettings {
  readonly relay: PkarrRelayInit
  readonly testnet: boolean
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** Sentences for the log. */
  readonly warnings: readonly string[]
}

/**
 * Command line and configuration file as one.
 * @throws {ServerKitError} `config` for the file, `usage` for the command line
 */
export async function readSettings(options: OptionValues<typeof commandLine.options>): Promise<ProgramSettings> {
  const folder = options.data === undefined ? undefined : resolveUserPath(options.data)
  const file = options.config === undefined ? folder && join(folder, 'config.toml') : resolveUserPath(options.config)
  const missing = options.config === undefined ? 'defaults' : 'error'
  const { value: config, warnings } =
    file === undefined
      ? { value: configSchema.parse({}), warnings: [] }
      : await loadConfig({ schema: configSchema, file, missing })
  const hasFile = file !== undefined && (missing === 'error' || exists(file))
  const cachePath = cachePathOf(config, file) ?? folder
  return {
    relay: {
      ...relayInitOf(config),
      cachePath,
      port: options.port ?? (options.testnet ? TESTNET_PORT : config.http.port),
      portOption: options.port !== undefined || file === undefined ? '--port' : 'http.port',
      limits: options.testnet ? undefined : hasFile ? limitsOf(config) : DEFAULT_LIMITS,
      measureProcess: true,
    },
    testnet: options.testnet,
    logLevel: logLevelOf(options['tracing-env-filter']) ?? config.logging.level,
    logFormat: config.logging.format,
    warnings: [...warnings, ...doubtsAbout(config, cachePath)],
  }
}

function relayInitOf({ http, mainline, cache, metrics }: RelayConfig): PkarrRelayInit {
  return {
    host: http.host,
    maxConnections: http.max_connections,
    maxConnectionAgeMs: http.max_connection_age_seconds * 1000,
    honourPreconditions: http.honour_preconditions,
    staleHint: http.stale_hint,
    cacheSize: cache.size,
    minimumTtl: cache.minimum_ttl,
    maximumTtl: cache.maximum_ttl,
    staleWhileRevalidate: cache.stale_while_revalidate,
    negativeTtlMs: cache.negative_ttl_ms,
    monitoring: metrics.listen_socket,
    mainline: {
      port: mainline.port,
      publicIp: mainline.public_ip,
      // A machine with a known public address has nothing to find out.
      serverMode: mainline.public_ip === undefined ? 'adaptive' : true,
      requestTimeout: mainline.request_timeout_seconds * 1000,
      bootstrap: mainline.bootstrap,
    },
  }
}

function limitsOf({ rate_limiter: limiter }: RelayConfig): LimitsInit | undefined {
  if (limiter === undefined) return undefined
  return {
    requests: { quota: limiter.quota, burst: limiter.burst },
    dhtRequests: { quota: limiter.user_dht_quota, burst: limiter.user_dht_burst },
    dhtQueries: { quota: limiter.dht_quota, burst: limiter.dht_burst },
    behindProxy: limiter.behind_proxy,
    ...(limiter.trusted_proxies === undefined ? {} : { trustedProxies: limiter.trusted_proxies }),
  }
}

/** A relative path is meant from the file, and must exist: a typing error must not start an empty cache elsewhere. */
function cachePathOf({ cache }: RelayConfig, file: string | undefined): string | undefined {
  if (cache.path === undefined || file === undefined || isAbsolute(cache.path)) return cache.path
  const path = join(dirname(file), cache.path)
  if (exists(path)) return path
  throw new ServerKitError('config', `${file}: cache.path: a relative path must exist, and ${path} does not`)
}

function doubtsAbout(config: RelayConfig, cachePath: string | undefined): string[] {
  const { rate_limiter: limiter, cache } = config
  return [
    ...(cachePath === undefined && cache.size > 0
      ? ['cache.path is not set: the cache is in a temporary folder and is lost when the relay stops']
      : []),
    ...(limiter?.trusted_proxies !== undefined && !limiter.behind_proxy
      ? ['rate_limiter.trusted_proxies has no effect while behind_proxy is false']
      : []),
  ]
}

/** A word, or a filter of the official program such as `pkarr_relay=debug,tower_http=info`. */
function logLevelOf(filter: string | undefined): LogLevel | undefined {
  if (filter === undefined) return undefined
  const own = filter.split(',').find((part) => !part.includes('=') || part.startsWith('pkarr_relay='))
  const wanted = own?.split('=').at(-1)?.toLowerCase()
  const level = LOG_LEVELS.find((known) => known === (wanted === 'off' ? 'silent' : wanted))
  if (level !== undefined) return level
  throw new ServerKitError('usage', `--tracing-env-filter takes ${LOG_LEVELS.join(', ')}, not '${filter}'`)
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
