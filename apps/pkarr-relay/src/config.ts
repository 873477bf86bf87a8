/** The configuration file (spec 04 §2.6): every key with its default and what is allowed. */
import { isIP } from 'node:net'
import { LOG_FORMATS, LOG_LEVELS, parseNetworks, parseQuota, type Quota, ServerKitError } from '@pubky/server-kit'
import { z } from 'zod'
import { DEFAULTS } from './settings.ts'

const MAX_SECONDS = 10 * 365 * 86_400
const MAX_PACKETS = 1_000_000_000

const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`
  return z.int(error).min(min, error).max(max, error)
}
const bool = z.boolean('must be true or false')
const text = z.string('must be a text').min(1, 'must not be empty')
const word = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, { error: `must be one of ${words.map((allowed) => `"${allowed}"`).join(', ')}` })
const aboveZero = (key: string, max: number) =>
  z
    .int(`must be a whole number from 1 to ${max}`)
    .min(1, `${key} must be greater than zero`)
    .max(max, `must be at most ${max}`)

const quota = z.string('must be a quota such as "2r/s"').transform((value, context): Quota => {
  return accept(context, () => parseQuota(value))
})
const network = z.string('must be a network such as "10.0.0.0/8"').transform((value, context): string => {
  return accept(context, () => {
    parseNetworks([value])
    return value
  })
})
const ipv4 = z.string('must be an IPv4 address').refine((value) => isIP(value) === 4, 'must be an IPv4 address')
const listenSocket = z
  .string('must be an address and port such as "127.0.0.1:6289"')
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^:[\]]+):\d{1,5}$/, 'must be an address and port such as "127.0.0.1:6289"')
  .transform((value) => {
    const at = value.lastIndexOf(':')
    return { host: value.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(value.slice(at + 1)) }
  })
  .refine(({ port }) => port <= 65_535, 'must have a port from 0 to 65535')

/** Unknown keys are errors here and warnings everywhere else. */
const rateLimiter = z.strictObject({
  behind_proxy: bool,
  trusted_proxies: z.array(network, 'must be a list of networks').optional(),
  quota,
  burst: wholeNumber(1, 1_000_000_000).optional(),
  dht_quota: quota,
  dht_burst: wholeNumber(1, 1_000_000_000).optional(),
  user_dht_quota: quota,
  user_dht_burst: wholeNumber(1, 1_000_000_000).optional(),
})

export const configSchema = z.object({
  http: z
    .object({
      host: text.default(DEFAULTS.host),
      port: wholeNumber(0, 65_535).default(DEFAULTS.port),
      max_connections: aboveZero('http.max_connections', 1_000_000).default(DEFAULTS.maxConnections),
      max_connection_age_seconds: aboveZero('http.max_connection_age_seconds', MAX_SECONDS).default(
        DEFAULTS.maxConnectionAgeMs / 1000,
      ),
      honour_preconditions: bool.default(DEFAULTS.honourPreconditions),
      stale_hint: bool.default(DEFAULTS.staleHint),
    })
    .prefault({}),
  mainline: z
    .object({
      port: wholeNumber(0, 65_535).optional(),
      public_ip: ipv4.optional(),
      request_timeout_seconds: wholeNumber(1, 3600).default(2),
      bootstrap: z.array(text, 'must be a list such as ["router.bittorrent.com:6881"]').optional(),
    })
    .prefault({}),
  cache: z
    .object({
      path: text.optional(),
      size: wholeNumber(0, MAX_PACKETS).default(DEFAULTS.cacheSize),
      minimum_ttl: wholeNumber(0, MAX_SECONDS).default(DEFAULTS.minimumTtl),
      maximum_ttl: wholeNumber(0, MAX_SECONDS).default(DEFAULTS.maximumTtl),
      stale_while_revalidate: wholeNumber(0, MAX_SECONDS).default(DEFAULTS.staleWhileRevalidate),
      negative_ttl_ms: wholeNumber(0, 3_600_000).default(DEFAULTS.negativeTtlMs),
    })
    .prefault({})
    .superRefine(({ minimum_ttl, maximum_ttl }, context) => {
      if (minimum_ttl <= maximum_ttl) return
      const message = 'cache.minimum_ttl must be less than or equal to cache.maximum_ttl'
      context.addIssue({ code: 'custom', path: ['minimum_ttl'], message })
    }),
  rate_limiter: rateLimiter.optional(),
  metrics: z.object({ listen_socket: listenSocket.optional() }).prefault({}),
  logging: z
    .object({ level: word(LOG_LEVELS).default('info'), format: word(LOG_FORMATS).default('auto') })
    .prefault({}),
})

/** A configuration with all defaults filled in. */
export type RelayConfig = z.output<typeof configSchema>

function accept<T>(context: z.core.$RefinementCtx, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ServerKitError)) throw error
    context.addIssue({ code: 'custom', message: error.message, input: undefined })
    return z.NEVER
  }
}
