import { join } from 'node:path'
import {
  type CommandLine,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  loadConfig,
  type OptionSpec,
  type OptionValues,
  packageVersion,
  parseNetworks,
  parseQuota,
  resolveUserPath,
  ServerKitError,
} from '@pubky/server-kit'
import { z } from 'zod'
import { DEFAULTS, type HttpRelayInit } from './settings.ts'

const DEFAULT_PORT = 8080
const MAX_SECONDS = 86_400

/** The command line of spec 06 §2, and the options that upstream lacks. */
export const commandLine = {
  name: 'http-relay',
  version: packageVersion(import.meta.url),
  summary: 'A mailbox that carries encrypted sign-in messages between two devices.',
  options: {
    bind: { type: 'text', short: 'b', value: 'IP', help: 'Address, localhost, or * for all (127.0.0.1)' },
    port: { type: 'integer', short: 'p', value: 'PORT', max: 65_535, help: 'Port, 0 for a free one (8080)' },
    config: { type: 'text', short: 'c', value: 'FILE', help: 'Configuration file; the command line wins over it' },
    data: { type: 'text', short: 'd', value: 'DIR', help: 'Folder for config.toml and messages.sqlite' },
    'persist-db': { type: 'text', value: 'FILE', help: 'SQLite file for messages (none: in memory)' },
    'link-timeout': { type: 'integer', value: 'S', min: 1, max: MAX_SECONDS, help: 'How long /link waits (600)' },
    'inbox-timeout': { type: 'integer', value: 'S', min: 1, max: MAX_SECONDS, help: 'How long /inbox waits (25)' },
    'inbox-cache-ttl': { type: 'integer', value: 'S', min: 1, max: MAX_SECONDS, help: 'Life of inbox messages (300)' },
    'max-body-size': { type: 'integer', value: 'BYTES', min: 1, max: 1 << 20, help: 'Limit of a message (2048)' },
    'max-entries': { type: 'integer', value: 'N', min: 1, max: 10_000_000, help: 'Messages held (10000)' },
    'min-id-length': { type: 'integer', value: 'BYTES', max: 256, help: 'Refuse shorter ids (0)' },
    'post-quota': { type: 'text', value: 'QUOTA', help: 'Messages per address, or off (120r/m)' },
    'max-waits-per-address': { type: 'integer', value: 'N', min: 1, help: 'Waiting requests per address (100)' },
    'max-connections': { type: 'integer', value: 'N', min: 1, help: 'Open connections (4096)' },
    'trusted-proxy': { type: 'list', value: 'CIDR', help: 'Proxy whose X-Forwarded-For counts; repeatable' },
    'cors-allow-all': { type: 'flag', help: 'Let pages of every origin in (the default)' },
    'cors-origin': { type: 'list', value: 'ORIGIN', help: 'Let pages of this origin in only; repeatable' },
    'no-cors': { type: 'flag', help: 'Send no CORS headers' },
    'log-format': { type: 'choice', of: LOG_FORMATS, value: 'FORMAT', help: 'auto, json or text (auto)' },
    verbose: { type: 'count', short: 'v', help: 'Log more; up to three times' },
    quiet: { type: 'flag', short: 'q', help: 'Log nothing' },
  },
} as const satisfies CommandLine<Record<string, OptionSpec>>

const seconds = z.int().min(1).max(MAX_SECONDS)
const quota = z.string().transform((text, context) => {
  if (text === 'off') return false as const
  return accept(context, () => parseQuota(text))
})
const network = z.string().transform((text, context) => {
  accept(context, () => parseNetworks([text]))
  return text
})

/** Keys of the configuration file; they are those of the command line with underscores. */
const configSchema = z.object({
  bind: z.string().optional(),
  port: z.int().min(0).max(65_535).optional(),
  persist_db: z.string().min(1).optional(),
  link_timeout: seconds.optional(),
  inbox_timeout: seconds.optional(),
  inbox_cache_ttl: seconds.optional(),
  max_body_size: z
    .int()
    .min(1)
    .max(1 << 20)
    .optional(),
  max_entries: z.int().min(1).max(10_000_000).optional(),
  min_id_length: z.int().min(0).max(256).optional(),
  post_quota: quota.optional(),
  max_waits_per_address: z.int().min(1).optional(),
  max_connections: z.int().min(1).optional(),
  trusted_proxies: z.array(network).optional(),
  cors: z.union([z.boolean(), z.array(z.url())]).optional(),
  logging: z.object({ level: z.enum(LOG_LEVELS).optional(), format: z.enum(LOG_FORMATS).optional() }).prefault({}),
})

/** What the program runs with. */
export interface ProgramSettings {
  readonly relay: HttpRelayInit
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** Sentences for the log, about keys that nothing reads. */
  readonly warnings: readonly string[]
}

/**
 * Command line and configuration file as one.
 *
 * @throws ServerKitError `config` for the file, `usage`, `quota` or `network` for the command line
 */
export async function readSettings(options: OptionValues<typeof commandLine.options>): Promise<ProgramSettings> {
  const folder = options.data === undefined ? undefined : resolveUserPath(options.data)
  const { value: file, warnings } = await readConfig(options.config, folder)
  const persistDb = options['persist-db'] ?? file.persist_db ?? (folder && join(folder, 'messages.sqlite'))
  const corsOrigins = options['cors-origin'].length > 0 ? options['cors-origin'] : file.cors
  const isCorsOff = options['no-cors'] || (corsOrigins === false && !options['cors-allow-all'])
  const origins = Array.isArray(corsOrigins) && !options['cors-allow-all'] ? corsOrigins : undefined
  const postQuota = options['post-quota'] === undefined ? file.post_quota : parsePostQuota(options['post-quota'])
  const trustedProxies = options['trusted-proxy'].length > 0 ? options['trusted-proxy'] : (file.trusted_proxies ?? [])
  return {
    relay: {
      host: options.bind ?? file.bind ?? DEFAULTS.host,
      port: options.port ?? file.port ?? DEFAULT_PORT,
      portOption: '--port',
      linkTimeoutMs: milliseconds(options['link-timeout'] ?? file.link_timeout) ?? DEFAULTS.linkTimeoutMs,
      inboxTimeoutMs: milliseconds(options['inbox-timeout'] ?? file.inbox_timeout) ?? DEFAULTS.inboxTimeoutMs,
      inboxTtlMs: milliseconds(options['inbox-cache-ttl'] ?? file.inbox_cache_ttl) ?? DEFAULTS.inboxTtlMs,
      maxBodyBytes: options['max-body-size'] ?? file.max_body_size ?? DEFAULTS.maxBodyBytes,
      maxEntries: options['max-entries'] ?? file.max_entries ?? DEFAULTS.maxEntries,
      minIdBytes: options['min-id-length'] ?? file.min_id_length ?? DEFAULTS.minIdBytes,
      maxWaitsPerAddress: options['max-waits-per-address'] ?? file.max_waits_per_address ?? DEFAULTS.maxWaitsPerAddress,
      maxConnections: options['max-connections'] ?? file.max_connections ?? DEFAULTS.maxConnections,
      postQuota: postQuota ?? DEFAULTS.postQuota,
      trustedProxies,
      cors: isCorsOff ? false : origins === undefined ? {} : { origins },
      ...(persistDb === undefined ? {} : { persistDb: resolveUserPath(persistDb) }),
    },
    logLevel: options.quiet ? 'silent' : (levelOf(options.verbose) ?? file.logging.level ?? 'info'),
    logFormat: options['log-format'] ?? file.logging.format ?? 'auto',
    warnings,
  }
}

function readConfig(config: string | undefined, folder: string | undefined) {
  if (config !== undefined) return loadConfig({ schema: configSchema, file: resolveUserPath(config) })
  if (folder === undefined) return { value: configSchema.parse({}), warnings: [] }
  return loadConfig({ schema: configSchema, file: join(folder, 'config.toml'), missing: 'defaults' })
}

function milliseconds(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 1000
}

function parsePostQuota(text: string) {
  return text === 'off' ? (false as const) : parseQuota(text)
}

function levelOf(verbose: number): LogLevel | undefined {
  if (verbose === 0) return undefined
  return verbose === 1 ? 'info' : verbose === 2 ? 'debug' : 'trace'
}

function accept<T>(context: z.RefinementCtx, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ServerKitError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
    return z.NEVER
  }
}
