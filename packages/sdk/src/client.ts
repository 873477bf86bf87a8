import { DEFAULT_RELAYS, MemoryCache, type PacketCache, PkarrResolver, relayReaders } from '@pubky/pkarr'
import { internalError, invalidInput, messageOf } from './errors/create.ts'
import { DEFAULT_MAX_ERROR_BODY_BYTES } from './errors/response-error.ts'
import { Freeable } from './freeable.ts'
import { ClientCore } from './http/client-core.ts'
import { IcannTransport } from './http/icann-transport.ts'
import { findHomeserver } from './pkdns/find-homeserver.ts'
import type { PubkyClientConfig } from './types.ts'

/** Milliseconds for one request to a Pkarr relay (spec 05 §4.6). */
const DEFAULT_PKARR_TIMEOUT_MS = 2_000
const TESTNET_RELAY_PORT = 15_411

/** Knows how to reach homeservers: resolves keys, keeps cookies where the platform does not (spec 05 §2.6). */
export class Client extends Freeable {
  /** @internal */
  readonly core: ClientCore
  /** @internal */
  readonly pkarr: PkarrResolver
  /** @internal How to publish; undefined where `pkarr` can. */
  readonly relays: RelayAccess | undefined

  /**
   * A client for the main network. Makes no request yet.
   * @param config relays replace the default ones; throws `InvalidInput` for a bad relay URL or a negative timeout,
   * `InternalError` for an empty list of relays
   */
  constructor(config?: PubkyClientConfig | null)
  /** @internal */
  constructor(config: PubkyClientConfig | null | undefined, parts: ClientParts)
  constructor(config?: PubkyClientConfig | null, parts?: ClientParts) {
    super()
    const { pkarr, relays, core } = parts ?? browserParts(config ?? {}, undefined)
    this.pkarr = pkarr
    this.relays = relays
    this.core = core
  }

  /**
   * A client for a testnet on this machine or on `host`: its Pkarr relay is port 15411 there.
   * @param host default `localhost`
   */
  static testnet(host?: string | null): Client {
    const name = host ?? 'localhost'
    const config = { pkarr: { relays: [`http://${name}:${TESTNET_RELAY_PORT}`] } }
    return new Client(config, browserParts(config, name))
  }

  /**
   * `fetch` for URLs whose host may be a key (spec 05 §4.7). Answers are returned as they are, whatever their status;
   * when there is none, rejects with `RequestError`, or `PkarrError` for a key that cannot be resolved.
   */
  async fetch(url: string, init?: RequestInit | null): Promise<Response> {
    const { fetchRaw } = await import('./rare-reads.ts')
    return await fetchRaw(this.core, url, init)
  }

  /** This client again, except that whatever is done with it also ends when `signal` aborts. */
  with(options: { readonly signal: AbortSignal }): Client {
    const { pkarr, relays } = this
    return new Client(null, { pkarr, relays, core: this.core.withSignal(options.signal) })
  }
}

/** @internal What a client is made of; other platforms bring their own. */
export interface ClientParts {
  readonly core: ClientCore
  readonly pkarr: PkarrResolver
  readonly relays?: RelayAccess | undefined
}

/** @internal The relays that a client reads from, for those who publish there. */
export interface RelayAccess {
  readonly urls: readonly string[]
  readonly timeoutMs: number
  readonly cache: PacketCache
}

/** Settings every platform's client has. @internal */
export function checkedConfig(config: PubkyClientConfig): { timeoutMs: number; maxErrorBodyBytes: number } {
  const timeoutMs = config.pkarr?.requestTimeout ?? DEFAULT_PKARR_TIMEOUT_MS
  if (!Number.isFinite(timeoutMs) || timeoutMs < 0) {
    throw invalidInput(`pkarr.requestTimeout must be a number of milliseconds, got ${timeoutMs}`)
  }
  const maxErrorBodyBytes = config.maxErrorBodyBytes ?? DEFAULT_MAX_ERROR_BODY_BYTES
  if (maxErrorBodyBytes >>> 0 !== maxErrorBodyBytes) {
    throw invalidInput(`maxErrorBodyBytes must be an integer of at most 32 bits, got ${maxErrorBodyBytes}`)
  }
  return { timeoutMs, maxErrorBodyBytes }
}

function browserParts(config: PubkyClientConfig, testnetHost: string | undefined): ClientParts {
  const { timeoutMs, maxErrorBodyBytes } = checkedConfig(config)
  const relays = { urls: config.pkarr?.relays ?? DEFAULT_RELAYS, timeoutMs, cache: new MemoryCache() }
  if (relays.urls.length === 0) {
    throw internalError('Failed to build the Pkarr client: Passed an empty list of relays')
  }
  let pkarr: PkarrResolver
  try {
    pkarr = new PkarrResolver({ transports: relayReaders(relays.urls, { timeoutMs }), cache: relays.cache })
  } catch (cause) {
    throw invalidInput(messageOf(cause), cause)
  }
  const core = new ClientCore({
    transport: new IcannTransport(pkarr, testnetHost),
    findHomeserver: (user) => findHomeserver(pkarr, user).catch(() => undefined),
    maxErrorBodyBytes,
  })
  return { core, pkarr, relays }
}
