import { type HomeserverConfig, type HomeserverConfigInput, homeserverConfig } from '@pubky/homeserver'
import { ADMIN_PASSWORD } from './constants.ts'

/** What every testnet homeserver gets, whatever its configuration says (spec 06 §9.3). */
export interface ForcedSettings {
  /** An address, `localhost` or `*`, of the two client listeners. */
  readonly host: string
  readonly adminHost: string
  readonly icannPort: number
  readonly pubkyPort: number
  readonly adminPort: number
  /** Default: what the configuration says. */
  readonly published: PublishedAs | undefined
}

/** The domain and address that a testnet's homeservers publish. */
export interface PublishedAs {
  readonly domain: string
  readonly ip: string
}

/** The configuration of spec 06 §9.4, over which `changes` go table by table. @throws ZodError */
export function testnetConfig(published: PublishedAs, changes: HomeserverConfigInput = {}): HomeserverConfig {
  return homeserverConfig({
    ...changes,
    general: { signup_mode: 'open', ...changes.general },
    drive: {
      rate_limits: [{ path: '/signup_tokens/*', method: 'GET', quota: '10r/m', key: 'ip' }],
      ...changes.drive,
    },
    storage: { type: 'in_memory', ...changes.storage },
    admin: { admin_password: ADMIN_PASSWORD, ...changes.admin },
    pkdns: { icann_domain: published.domain, public_ip: published.ip, ...changes.pkdns },
  })
}

/**
 * A configuration with the settings in it that a testnet forces: sockets, the admin API on and open to pages, and nothing of the outside
 * network. The homeserver publishes through the Pkarr client that the testnet gives it.
 */
export function withForcedSettings(config: HomeserverConfig, forced: ForcedSettings): HomeserverConfig {
  const { host, adminHost, icannPort, pubkyPort, adminPort, published } = forced
  const { domain = config.pkdns.icann_domain, ip = config.pkdns.public_ip } = published ?? {}
  return {
    ...config,
    drive: {
      ...config.drive,
      icann_listen_socket: { host, port: icannPort },
      pubky_listen_socket: { host, port: pubkyPort },
    },
    admin: { ...config.admin, enabled: true, cross_origin: true, listen_socket: { host: adminHost, port: adminPort } },
    pkdns: {
      ...config.pkdns,
      publish: true,
      icann_domain: domain,
      public_ip: ip,
      dht_bootstrap_nodes: [],
      dht_relay_nodes: [],
    },
    pkarr_relay: { ...config.pkarr_relay, enabled: false },
  }
}
