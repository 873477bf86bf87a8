/** The configuration file: every key with its default (spec 03 §5.2 and §5.3). Comments explain it in `sample.ts`. */
import { LOG_FORMATS } from '@pubky/server-kit'
import { z } from 'zod'
import {
  bandwidth,
  bool,
  databaseUrl,
  domain,
  EMBEDDED_DATABASE,
  isAddress,
  isKey,
  networks,
  origin,
  port,
  publicAddress,
  requestQuota,
  socket,
  wholeNumber,
  word,
} from './values.ts'

const text = z.string('must be a text')

/** How a listener learns the address of its clients (spec 02 §12.3). Unknown keys are errors here. */
const clientIdentity = z
  .strictObject({ mode: word(['direct', 'proxy_protocol']).default('direct'), trusted_proxies: networks.optional() })
  .superRefine(({ mode, trusted_proxies }, context) => {
    if (mode === 'direct' && trusted_proxies !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['trusted_proxies'],
        message: 'only allowed with mode = "proxy_protocol"',
      })
    }
    if (mode === 'proxy_protocol' && (trusted_proxies ?? []).length === 0) {
      context.addIssue({ code: 'custom', path: ['trusted_proxies'], message: 'trusted_proxies must not be empty' })
    }
  })

const rateLimit = z
  .object({
    path: text,
    method: z
      .string('must be an HTTP method')
      .regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'must be one HTTP method, such as "GET"'),
    quota: requestQuota,
    key: word(['ip', 'user', 'session']),
    burst: wholeNumber(1).optional(),
    whitelist: z.array(text, 'must be a list').default([]),
  })
  .superRefine(({ key, whitelist }, context) => {
    whitelist.forEach((entry, index) => {
      if (key === 'ip' ? isAddress(entry) : isKey(entry)) return
      const message = key === 'ip' ? 'must be an IP address, as key = "ip"' : `must be a public key, as key = "${key}"`
      context.addIssue({ code: 'custom', path: ['whitelist', index], message })
    })
  })
  .transform((limit) => ({ ...limit, method: limit.method.toUpperCase(), burst: limit.burst }))

/**
 * Without an explicit list: upstream's one entry, and ours for what strangers can have remembered: accounts, sessions, and
 * proofs that were used, those of signing out too (spec 02 §12.4).
 */
const DEFAULT_RATE_LIMITS: z.input<typeof rateLimit>[] = [
  { path: '/signup_tokens/*', method: 'GET', quota: '10r/m', key: 'ip' },
  ...[
    ['POST', '/signup'],
    ['POST', '/session'],
    ['POST', '/auth/grant/*'],
    ['DELETE', '/auth/grant/session'],
  ].map(([method = '', path = '']) => ({
    path,
    method,
    quota: '30r/m',
    key: 'ip' as const,
    whitelist: ['127.0.0.1', '::1'],
  })),
]

const general = z.object({
  signup_mode: word(['open', 'token_required']).default('token_required'),
  database_url: databaseUrl.default(EMBEDDED_DATABASE),
  database_pool_size: wholeNumber(3, 1_000).default(10),
  user_storage_quota_mb: wholeNumber(0).default(0),
})

const drive = z.object({
  pubky_listen_socket: socket.prefault('127.0.0.1:6287'),
  icann_listen_socket: socket.prefault('127.0.0.1:6286'),
  websites: bool.default(true),
  icann_client_identity: clientIdentity.prefault({}),
  pubky_client_identity: clientIdentity.prefault({}),
  trusted_proxies: networks.prefault([]),
  cookie_origins: z.array(origin, 'must be a list of origins').optional(),
  website_cookies: bool.default(true),
  rate_limits: z.array(rateLimit, 'must be a list of tables').prefault(DEFAULT_RATE_LIMITS),
  max_body_bytes: wholeNumber(1).optional(),
  max_locks_per_user: wholeNumber(1).default(10_000),
  max_event_streams: wholeNumber(1).default(20_000),
  max_event_streams_per_address: wholeNumber(1).optional(),
})

const defaultQuotas = z.object({
  rate_read: bandwidth.optional(),
  rate_write: bandwidth.optional(),
  rate_read_burst: wholeNumber(1, 2_147_483_647).optional(),
  rate_write_burst: wholeNumber(1, 2_147_483_647).optional(),
  unauthenticated_ip_rate_read: bandwidth.optional(),
})

const storage = z.object({
  type: word(['file_system', 'in_memory']).default('file_system'),
  default_quota_mb: wholeNumber(0).optional(),
  low_water_mb: wholeNumber(0).default(64),
  prefer_extensions: bool.default(false),
  encryption: z.object({ enabled: bool.default(true), key_file: text.optional() }).prefault({}),
})

const admin = z.object({
  enabled: bool.default(true),
  listen_socket: socket.prefault('127.0.0.1:6288'),
  admin_password: text.default('admin'),
  admin_password_file: text.optional(),
  cross_origin: bool.default(false),
})

const metrics = z.object({
  enabled: bool.default(false),
  listen_socket: socket.prefault('127.0.0.1:6289'),
})

const pkdns = z.object({
  publish: bool.default(true),
  public_ip: publicAddress.default('127.0.0.1'),
  public_pubky_tls_port: port.optional(),
  public_icann_http_port: port.optional(),
  icann_domain: domain.default('localhost'),
  user_keys_republisher_interval: wholeNumber(0).default(14_400),
  dht_bootstrap_nodes: z.array(text, 'must be a list of "host:port"').optional(),
  dht_relay_nodes: z.array(z.url('must be a URL'), 'must be a list of URLs').optional(),
  dht_request_timeout_ms: wholeNumber(1).optional(),
  relay_request_timeout_ms: wholeNumber(1).optional(),
})

const logging = z.object({
  level: word(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  format: word(LOG_FORMATS).default('auto'),
})

const pkarrRelay = z.object({
  enabled: bool.default(false),
  listen_socket: socket.prefault('127.0.0.1:15411'),
})

/** The whole file; an empty one is valid. */
export const configSchema = z
  .object({
    general: general.prefault({}),
    drive: drive.prefault({}),
    default_quotas: defaultQuotas.prefault({}),
    storage: storage.prefault({}),
    admin: admin.prefault({}),
    metrics: metrics.prefault({}),
    pkdns: pkdns.prefault({}),
    logging: logging.prefault({}),
    pkarr_relay: pkarrRelay.prefault({}),
  })
  .superRefine(({ general: { database_url }, storage: { type } }, context) => {
    if (database_url === EMBEDDED_DATABASE || type !== 'in_memory') return
    const message = 'must be "file_system" with a PostgreSQL database: its rows would outlive the bodies they name'
    context.addIssue({ code: 'custom', path: ['storage', 'type'], message })
  })

/** A configuration after checking, with every default filled in. Keys are spelled as in the file. */
export type HomeserverConfig = z.output<typeof configSchema>

/** What can be written in the file; everything is optional. */
export type HomeserverConfigInput = z.input<typeof configSchema>

/** The configuration that a program passes instead of a file. @throws ZodError */
export function homeserverConfig(input: HomeserverConfigInput): HomeserverConfig {
  return configSchema.parse(input)
}
