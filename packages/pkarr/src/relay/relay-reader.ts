import type { PublicKey } from '@pubky/crypto'
import { BYPASS, conditionOn, parseHttpDate } from '#relay-platform'
import { PkarrError } from '../error.ts'
import { resolveFailure } from '../network/failures.ts'
import type { ResolveAnswer, ResolveQuery, ResolveTransport } from '../network/transport.ts'
import { type MicrosecondClock, wallMicroseconds } from '../packet/clock.ts'
import { MAX_PACKET_LENGTH } from '../packet/limits.ts'
import { packetFromPayloadAsync } from '../packet/received-packet.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { readBounded } from './read-bounded.ts'

/** Public relays, operated by the makers of Pubky (spec 04 §3.1). */
export const DEFAULT_RELAYS: readonly string[] = ['https://pkarr.pubky.app', 'https://pkarr.pubky.org']

/** Milliseconds for one HTTP request, body included; a relay may have to ask the DHT for it (spec 04 §3.1). */
export const RELAY_TIMEOUT_MS = 5_000

const NOTHING: ResolveAnswer = { kind: 'nothing' }

/** What relays are reached by. */
export interface RelayInit {
  readonly fetch?: typeof fetch
  /** Milliseconds, default {@link RELAY_TIMEOUT_MS}. */
  readonly timeoutMs?: number
  readonly now?: MicrosecondClock
}

/**
 * Relays for those who only read, each a transport of its own.
 * @param urls base addresses, `http` or `https`, with or without a path
 * @throws {PkarrError} `no-network` for an empty list, `invalid-relay`
 */
export function relayReaders(urls: readonly string[], init: RelayInit = {}): ResolveTransport[] {
  return eachRelay(urls, (url) => new RelayReader(url, init))
}

/** @throws {PkarrError} `no-network` for an empty list */
export function eachRelay<T>(urls: readonly string[], relayAt: (url: string) => T): T[] {
  if (urls.length === 0) throw new PkarrError('no-network', 'passed an empty list of relays')
  return urls.map(relayAt)
}

/** One relay, for reading (spec 04 §3.2, §3.4). */
export class RelayReader implements ResolveTransport {
  readonly name: string
  protected readonly fetch: typeof fetch
  protected readonly timeoutMs: number
  readonly #now: MicrosecondClock

  constructor(url: string, init: RelayInit) {
    this.name = baseOf(url)
    // Browsers refuse to call their fetch as a method of something else.
    const given = init.fetch
    this.fetch = given === undefined ? (input, request) => fetch(input, request) : given
    this.timeoutMs = init.timeoutMs ?? RELAY_TIMEOUT_MS
    this.#now = init.now ?? wallMicroseconds
  }

  async *resolve(key: PublicKey, query: ResolveQuery): AsyncGenerator<ResolveAnswer, void> {
    const deadline = AbortSignal.any([query.signal, AbortSignal.timeout(this.timeoutMs)])
    try {
      yield await this.#ask(key, query, deadline)
    } catch (error) {
      query.signal.throwIfAborted()
      throw error instanceof PkarrError ? error : resolveFailure('no-responses', error)
    }
  }

  async #ask(key: PublicKey, query: ResolveQuery, signal: AbortSignal): Promise<ResolveAnswer> {
    const url = `${this.name}/${key.z32()}?policy=${query.policy}`
    const condition = conditionOn(query)
    let response = await this.fetch(url, { ...(query.policy === 'NetworkOnly' ? BYPASS : condition), signal })
    // A cache on the way answered for itself, or something between dropped the length: ask once more, past caches.
    if ((response.status === 304 && condition === undefined) || (response.ok && !hasLength(response))) {
      await response.body?.cancel()
      response = await this.fetch(url, { ...BYPASS, signal })
    }
    return this.#answer(key, query, response)
  }

  async #answer(key: PublicKey, query: ResolveQuery, response: Response): Promise<ResolveAnswer> {
    if (!response.ok) {
      await response.body?.cancel()
      return answerWithoutPacket(response, query)
    }
    const payload = await readBounded(response, MAX_PACKET_LENGTH)
    if (payload === undefined) {
      throw resolveFailure('unexpected-responses', new Error(`the answer is longer than ${MAX_PACKET_LENGTH} bytes`))
    }
    const now = this.#now()
    const memento = parseHttpDate(response.headers.get('memento-datetime') ?? '')
    const lastSeen = memento !== undefined && memento <= now ? memento : now
    let packet: SignedPacket
    try {
      packet = await packetFromPayloadAsync(key, payload, lastSeen)
    } catch (error) {
      throw resolveFailure('unexpected-responses', error)
    }
    return query.known !== undefined && packet.timestamp < query.known ? NOTHING : { kind: 'packet', packet }
  }
}

function answerWithoutPacket(response: Response, query: ResolveQuery): ResolveAnswer {
  if (response.status === 304) return NOTHING
  if (response.status === 503) throw resolveFailure('no-responses')
  if (response.status !== 404) throw resolveFailure('unexpected-responses', new Error(`HTTP ${response.status}`))
  const header = response.headers.get('pkarr-invalid-signed-packet-seq')
  if (header === null) return NOTHING
  if (!/^-?\d{1,19}$/.test(header)) throw resolveFailure('unexpected-responses')
  const seq = BigInt(header)
  return query.known !== undefined && seq >= 0n && seq <= query.known ? NOTHING : { kind: 'invalid', seq }
}

function hasLength(response: Response): boolean {
  return Number(response.headers.get('content-length') ?? 0) > 0
}

function baseOf(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch (cause) {
    throw new PkarrError('invalid-relay', `not a relay address: ${text}`, { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new PkarrError('invalid-relay', `Relays Urls should have \`http\` or \`https\`: ${text}`)
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}
