import { isIP } from 'node:net'
import type { Keypair } from '@pubky/crypto'
import { homeserverRecords, signPacket } from '@pubky/pkarr'
import type { HomeserverConfig } from '../config/schema.ts'
import type { CoreLog } from '../core-log.ts'
import type { PkarrNetwork } from './network.ts'

/** DHT nodes forget after about two hours (spec 03 §10.2). */
const REPUBLISH_MS = 3_600_000
/** After a failure; doubles up to the regular interval. */
const FIRST_RETRY_MS = 5_000

/** Where the server is reached, as far as it is known. */
export interface PublicAddress {
  readonly addresses: readonly string[]
  readonly domain: string | undefined
  readonly tlsPort: number
  readonly httpPort: number
  /** A testnet's own domain, reached by plain HTTP. */
  readonly plainHttpDomain?: string | undefined
}

/**
 * What the record says (spec 03 §10.1). On the public network loopback addresses would send every client to itself: they
 * are left out there.
 */
export function publicAddress(
  pkdns: HomeserverConfig['pkdns'],
  bound: { readonly tlsPort: number; readonly httpPort: number },
  isPublicNetwork: boolean,
): PublicAddress {
  const { public_ip: ip, icann_domain: domain } = pkdns
  const hasAddress = ip !== '' && !(isPublicNetwork && isLoopback(ip))
  const hasDomain = domain !== '' && !(isPublicNetwork && isLocalDomain(domain))
  return {
    addresses: hasAddress ? [ip] : [],
    domain: hasDomain ? domain : undefined,
    tlsPort: pkdns.public_pubky_tls_port ?? bound.tlsPort,
    httpPort: pkdns.public_icann_http_port ?? bound.httpPort,
  }
}

/** Keeps the server's own record alive; signs it anew each time, as addresses may have changed. */
export class OwnRecord implements Disposable {
  readonly #keypair: Keypair
  readonly #network: PkarrNetwork
  readonly #address: PublicAddress
  readonly #log: CoreLog
  readonly #onPublish: (isPublished: boolean) => void
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(init: {
    readonly keypair: Keypair
    readonly network: PkarrNetwork
    readonly address: PublicAddress
    readonly log: CoreLog
    /** Told whether an attempt worked. */
    readonly onPublish: (isPublished: boolean) => void
  }) {
    this.#keypair = init.keypair
    this.#network = init.network
    this.#address = init.address
    this.#log = init.log
    this.#onPublish = init.onPublish
  }

  /**
   * Publishes now and from then on every hour; a failure is retried in the background. Resolves when the first attempt
   * is over, with whether it worked.
   */
  async start(): Promise<boolean> {
    if (this.#address.addresses.length === 0 && this.#address.domain === undefined) {
      this.#log.warn({}, 'not published: set pkdns.public_ip or pkdns.icann_domain to an address others can reach')
      return false
    }
    return this.#publish(FIRST_RETRY_MS)
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  async #publish(retryMs: number): Promise<boolean> {
    const { signal } = this.#closing
    let isPublished = false
    try {
      const records = homeserverRecords(this.#address)
      const packet = signPacket({ keypair: this.#keypair, records })
      await this.#network.publish(packet, { signal })
      isPublished = true
      this.#log.info({}, 'published the own Pkarr record')
    } catch (error) {
      if (signal.aborted) return false
      this.#log.warn({ err: error }, 'failed to publish the own Pkarr record')
    }
    this.#onPublish(isPublished)
    const nextRetryMs = isPublished ? FIRST_RETRY_MS : Math.min(retryMs * 2, REPUBLISH_MS)
    this.#timer = setTimeout(() => void this.#publish(nextRetryMs), isPublished ? REPUBLISH_MS : retryMs)
    this.#timer.unref()
    return isPublished
  }
}

function isLoopback(ip: string): boolean {
  return isIP(ip) === 4 ? ip.startsWith('127.') : ip === '::1'
}

/** A name that means this machine, whoever asks. */
export function isLocalDomain(domain: string): boolean {
  return domain.toLowerCase() === 'localhost' || domain.toLowerCase().endsWith('.localhost')
}
