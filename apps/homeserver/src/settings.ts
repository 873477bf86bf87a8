/** What the configuration means for each part of the server. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PublicKey } from '@pubky/crypto'
import type { Logger } from '@pubky/server-kit'
import type { DefaultQuota } from './accounts/users.ts'
import { systemClock } from './clock.ts'
import { isLoopback } from './config/load.ts'
import type { HomeserverConfig } from './config/schema.ts'
import { EMBEDDED_DATABASE } from './config/values.ts'
import type { Core, CoreInit } from './core.ts'
import { isLocalDomain } from './discovery/own-record.ts'
import type { HomeserverInit } from './homeserver.ts'
import type { ServerDescription } from './http/admin/admin-services.ts'
import type { ServerMetrics } from './http/metrics/server-metrics.ts'
import type { CookiePolicy } from './http/middleware/authentication.ts'
import { UserBandwidth } from './limits/user-bandwidth.ts'
import { VERSION } from './version.ts'

const MEGABYTE = 1_048_576

/** Storage, accounts and keys. Without a directory everything is in memory, sealed with a key nobody keeps. */
export function coreInit(
  init: HomeserverInit,
  config: HomeserverConfig,
  log: Logger,
  metrics: Pick<ServerMetrics, 'historyRead'>,
): CoreInit {
  const { drive, storage } = config
  const isInMemory = init.directory === undefined || storage.type === 'in_memory'
  const encryption = init.encryption ?? { rootKey: crypto.getRandomValues(new Uint8Array(32)) }
  return {
    directory: isInMemory ? undefined : init.directory,
    database: databaseInit(config),
    encryption: storage.encryption.enabled ? encryption : 'off',
    homeserver: init.keypair.publicKey.z32(),
    signupMode: config.general.signup_mode === 'open' ? 'open' : 'token-required',
    defaultQuota: defaultQuota(config),
    maxBodyBytes: drive.max_body_bytes,
    prefersExtensions: storage.prefer_extensions,
    maxLocksPerUser: drive.max_locks_per_user,
    maxStreams: drive.max_event_streams,
    onHistoryRead: (ms) => metrics.historyRead(ms),
    lowWaterBytes: storage.low_water_mb * MEGABYTE,
    clock: init.clock ?? systemClock,
    log,
    onFatal: init.onFatal ?? ((error) => log.fatal({ err: error }, 'the storage can no longer be trusted')),
  }
}

/**
 * Behind a proxy on the same machine all clients share one address, and with it the limits by address (spec 03 §3.2).
 * Who has no public domain has no such proxy.
 */
export function warnOfSharedAddress({ drive, pkdns }: HomeserverConfig, log: Pick<Logger, 'info'>): void {
  const { icann_listen_socket: socket, icann_client_identity: identity } = drive
  const isDirect = identity.mode === 'direct' && drive.trusted_proxies.length === 0
  const isPublic = pkdns.icann_domain !== '' && !isLocalDomain(pkdns.icann_domain)
  if (!isPublic || !isLoopback(socket) || !isDirect || !drive.rate_limits.some(({ key }) => key !== 'user')) return
  log.info(
    {},
    'if a proxy on this machine forwards to drive.icann_listen_socket, set drive.trusted_proxies or icann_client_identity: else all its clients share the limits by address',
  )
}

/** Bandwidth of users and strangers. */
export function userBandwidth(core: Core, config: HomeserverConfig): UserBandwidth {
  return new UserBandwidth({
    users: core.users,
    defaults: defaultQuota(config),
    unauthenticatedRate: config.default_quotas.unauthenticated_ip_rate_read,
    clock: { now: () => performance.now(), random: Math.random, sleep: (ms) => sleep(ms) },
  })
}

/** Where session cookies count. */
export function cookiePolicy({ drive }: HomeserverConfig): CookiePolicy {
  const origins = drive.cookie_origins === undefined ? undefined : new Set(drive.cookie_origins)
  return { origins, onWebsiteHosts: drive.website_cookies || !drive.websites }
}

/** What operators read. Ports are those configured, not those bound (spec 03 §2.4). */
export function describeServer(publicKey: PublicKey, { pkdns, drive }: HomeserverConfig): ServerDescription {
  const tlsPort = pkdns.public_pubky_tls_port ?? drive.pubky_listen_socket.port
  const httpPort = pkdns.public_icann_http_port ?? drive.icann_listen_socket.port
  return {
    publicKey: publicKey.z32(),
    pubkyAddress: tlsPort === 0 || pkdns.public_ip === '' ? null : `${bracketed(pkdns.public_ip)}:${tlsPort}`,
    icannDomain: httpPort === 0 || pkdns.icann_domain === '' ? null : `${pkdns.icann_domain}:${httpPort}`,
    version: VERSION,
  }
}

function databaseInit({ general: { database_url: url, database_pool_size: maxConnections } }: HomeserverConfig) {
  return url === EMBEDDED_DATABASE ? 'sqlite' : { url, maxConnections }
}

function defaultQuota({ general, storage, default_quotas: rates }: HomeserverConfig): DefaultQuota {
  // The older key means "unlimited" by 0 (spec 03 §5.2).
  const deprecated = general.user_storage_quota_mb === 0 ? undefined : general.user_storage_quota_mb
  return {
    storageMb: storage.default_quota_mb ?? deprecated,
    rateRead: rates.rate_read,
    rateWrite: rates.rate_write,
    rateReadBurst: rates.rate_read_burst,
    rateWriteBurst: rates.rate_write_burst,
  }
}

function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}
