import type { DhtNodeInit } from '@pubky/dht'
import { DEFAULT_MAXIMUM_TTL, DEFAULT_MINIMUM_TTL } from '@pubky/pkarr'
import type { Logger } from '@pubky/server-kit'
import type { AppInit } from './http/app.ts'
import type { LimitsInit } from './http/limits.ts'
import type { RelayNetwork } from './network.ts'

/** What a relay does unless told otherwise; see {@link PkarrRelayInit}. */
export const DEFAULTS = {
  /** Every address of both families, because `localhost` may mean either. */
  host: '*',
  /** Official relays'; the DHT has the same number, but UDP. */
  port: 6881,
  portOption: 'http.port',
  maxConnections: 1024,
  /** Long enough for a browser's session, short enough that clients follow a new address. */
  maxConnectionAgeMs: 300_000,
  cacheSize: 1_000_000,
  minimumTtl: DEFAULT_MINIMUM_TTL,
  maximumTtl: DEFAULT_MAXIMUM_TTL,
  staleWhileRevalidate: 0,
  /** A key that is asked for all the time and has no packet costs one look-up a second; its first packet is seen soon. */
  negativeTtlMs: 1_000,
  honourPreconditions: false,
  staleHint: false,
  unknownKeys: 'not-found',
} as const

/** How a relay is set up. Everything has a default. */
export interface PkarrRelayInit extends Partial<AppInit> {
  /** An address, `localhost`, or `*` for all. Default `*`. */
  readonly host?: string
  /** 0 for a free one. Default 6881. */
  readonly port?: number
  /** What an operator changes when the port is taken, for the message. */
  readonly portOption?: string
  readonly maxConnections?: number
  readonly maxConnectionAgeMs?: number
  /** Folder for the cache, in which `pkarr-cache` is made. Default: a temporary one, removed at the end. */
  readonly cachePath?: string | undefined
  /** Packets; 0 for no cache. */
  readonly cacheSize?: number
  /** Seconds. */
  readonly minimumTtl?: number
  /** Seconds. */
  readonly maximumTtl?: number
  /** Seconds after its expiry in which a packet is still served while a fresh one is fetched. */
  readonly staleWhileRevalidate?: number
  /** For how long "there is no packet" is remembered. */
  readonly negativeTtlMs?: number
  /** Default: nothing is limited. */
  readonly limits?: LimitsInit | undefined
  /** A network that somebody else owns. Default: a DHT node of the relay's own, set up by `mainline`. */
  readonly network?: RelayNetwork | undefined
  readonly mainline?: DhtNodeInit
  /** Where `/health`, `/healthz`, `/readyz` and `/metrics` are served. Default: nowhere. */
  readonly monitoring?: { readonly host: string; readonly port: number } | undefined
  /** Whether metrics tell about the process too. Default `false`, since one process may hold several servers. */
  readonly measureProcess?: boolean
  readonly log?: Logger
}

/** The plain values of an init with every default filled in. */
export function settle(init: PkarrRelayInit) {
  return {
    host: init.host ?? DEFAULTS.host,
    port: init.port ?? DEFAULTS.port,
    portOption: init.portOption ?? DEFAULTS.portOption,
    maxConnections: init.maxConnections ?? DEFAULTS.maxConnections,
    maxConnectionAgeMs: init.maxConnectionAgeMs ?? DEFAULTS.maxConnectionAgeMs,
    cacheSize: init.cacheSize ?? DEFAULTS.cacheSize,
    minimumTtl: init.minimumTtl ?? DEFAULTS.minimumTtl,
    maximumTtl: init.maximumTtl ?? DEFAULTS.maximumTtl,
    staleWhileRevalidate: init.staleWhileRevalidate ?? DEFAULTS.staleWhileRevalidate,
    negativeTtlMs: init.negativeTtlMs ?? DEFAULTS.negativeTtlMs,
    honourPreconditions: init.honourPreconditions ?? DEFAULTS.honourPreconditions,
    staleHint: init.staleHint ?? DEFAULTS.staleHint,
    unknownKeys: init.unknownKeys ?? DEFAULTS.unknownKeys,
  }
}
