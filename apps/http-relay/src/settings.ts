import type { CorsPolicy, Logger, Quota } from '@pubky/server-kit'

/** Everything about a relay that can be chosen; each has a default. */
export interface HttpRelayInit {
  /** An address, `localhost` or `*`. Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** What the message for a taken port tells the operator to change. Default `--port`. */
  readonly portOption?: string
  /** How long `/link` requests wait and their entries live, in milliseconds. Default 600,000. */
  readonly linkTimeoutMs?: number
  /** How long `GET /inbox/{id}` and `/await` wait, in milliseconds. Default 25,000, below common proxy limits. */
  readonly inboxTimeoutMs?: number
  /** How long entries of `POST /inbox` live, in milliseconds. Default 300,000. */
  readonly inboxTtlMs?: number
  /** Body limit, inclusive. Default 2048. */
  readonly maxBodyBytes?: number
  /** Entries that are held; the oldest gives way. At least 1. Default 10,000. */
  readonly maxEntries?: number
  /** Shorter ids are refused with 400. Default 0: every id is accepted. */
  readonly minIdBytes?: number
  /** SQLite file in which messages survive a restart. Default: memory only. */
  readonly persistDb?: string
  /** `false` for no CORS headers at all. Default: every origin is mirrored. */
  readonly cors?: false | Pick<CorsPolicy, 'origins'>
  /** Messages per client address. Default {@link DEFAULTS.postQuota}; `false` for no limit. */
  readonly postQuota?: false | Quota
  /** Requests of one client address that wait at the same time. Default 100. */
  readonly maxWaitsPerAddress?: number
  /** Open connections in all. Default 4,096. */
  readonly maxConnections?: number
  /** Networks of proxies whose `X-Forwarded-For` counts. Default none. */
  readonly trustedProxies?: readonly string[]
  /** Default: nothing is logged. Ids and messages never are. */
  readonly log?: Logger
  /** Wall clock in milliseconds since the epoch. */
  readonly now?: () => number
}

/** Defaults of spec 06 §2, and of the limits that upstream lacks. */
export const DEFAULTS = {
  host: '127.0.0.1',
  port: 0,
  portOption: '--port',
  linkTimeoutMs: 600_000,
  inboxTimeoutMs: 25_000,
  inboxTtlMs: 300_000,
  maxBodyBytes: 2_048,
  maxEntries: 10_000,
  minIdBytes: 0,
  // One address can then replace at most 600 of the 10,000 entries before they expire.
  postQuota: { requests: 120, periodSeconds: 60 },
  maxWaitsPerAddress: 100,
  maxConnections: 4_096,
} as const satisfies HttpRelayInit

/** Expired entries are removed this often (spec 06 §4.9). */
export const CLEANUP_INTERVAL_MS = 15_000

/** A stop waits this long for answers on their way (spec 06 §2). */
export const DRAIN_MS = 1_000
