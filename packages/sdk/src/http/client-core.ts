import type { PublicKey } from '@pubky/crypto'
import { readBounded } from '@pubky/pkarr'
import { CookieJar, withCookies } from '#cookies'
import { KnownPlaces } from '#known-places'
import { messageOf, transportError } from '../errors/create.ts'
import { responseError } from '../errors/response-error.ts'
import { log } from '../log.ts'
import { VERSION } from '../version.ts'
import { retryDelay } from './backoff.ts'
import type { Credential } from './credential.ts'
import { discard } from './discard.ts'
import { ExpiringMap } from './expiring-map.ts'
import { globalFetch } from './global-fetch.ts'
import { type KeyHost, parseKeyHost } from './key-host.ts'
import { isBrowser } from './runtime.ts'
import { sendFailure } from './send-failure.ts'
import { INFO_TIMEOUT_MS, ServerFeatures } from './server-features.ts'
import { anySignal, sleep, untilAborted } from './sleep.ts'
import { parseStorageAddress } from './storage-address.ts'
import type { PreparedTarget, Route, Transmit, Transport } from './transport.ts'

/** Milliseconds for which a user's homeserver is taken for granted. */
const HOMESERVER_LIFETIME_MS = 5_000

/** How this SDK calls itself (spec 05 §4.6). */
const USER_AGENT = `pubky.org@${VERSION}`

/**
 * Finds a user's homeserver in the user's record, cached where it can be; undefined when it is not known, for whatever
 * reason.
 */
export type HomeserverLookup = (user: PublicKey) => Promise<PublicKey | undefined>

/** What a client is made of. */
export interface ClientComponents {
  readonly transport: Transport
  readonly findHomeserver: HomeserverLookup
  readonly maxErrorBodyBytes: number
}

/** One request of this SDK. */
export interface OutgoingRequest {
  readonly method: string
  /** May have a key as its host. */
  readonly url: string
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** A function makes a fresh stream for each time the request is sent. */
  readonly body?: RequestInit['body'] | (() => ReadableStream<Uint8Array>) | undefined
  /** False when the body is a stream and can be sent only once. */
  readonly replayable?: boolean
  readonly credential?: Credential | undefined
  /** Default: what the credential says, `include` without one. */
  readonly credentials?: NonNullable<RequestInit['credentials']>
  /** Sent as `pubky-host` whatever the host says: calls to a known homeserver on behalf of a user. */
  readonly tenant?: string
  /** True for requests that may be repeated when the server says that it is busy. */
  readonly retry?: boolean
  readonly signal?: AbortSignal | undefined
  /** Puts the request on the wire in place of `fetch`. */
  readonly transmit?: Transmit | undefined
}

/**
 * The way every request of this SDK takes (spec 05 §4.1): storage addressing, transport resolution, `pubky-host`,
 * credential, one `fetch`.
 */
export class ClientCore {
  readonly #components: ClientComponents
  readonly #jar: CookieJar
  readonly #signal: AbortSignal | undefined
  readonly #homeservers: ExpiringMap<PublicKey | undefined>
  readonly #places: KnownPlaces
  readonly features: ServerFeatures

  constructor(components: ClientComponents, shared?: ClientCore, signal?: AbortSignal) {
    this.#components = components
    this.#jar = shared === undefined ? new CookieJar() : shared.#jar
    this.#signal = signal
    this.#homeservers = shared === undefined ? new ExpiringMap(HOMESERVER_LIFETIME_MS, 256) : shared.#homeservers
    this.#places = shared === undefined ? new KnownPlaces() : shared.#places
    this.features = shared?.features ?? new ServerFeatures((homeserver) => this.#requestInfo(homeserver))
  }

  /** The same client, all of whose requests also end when `signal` aborts. Caches and cookies are shared. */
  withSignal(signal: AbortSignal): ClientCore {
    return new ClientCore(this.#components, this, anySignal(this.#signal, signal))
  }

  /** The same client for what must be done though its signal has aborted. */
  withoutSignal(): ClientCore {
    return new ClientCore(this.#components, this)
  }

  /** The signal that ends everything this client does, if there is one. */
  get signal(): AbortSignal | undefined {
    return this.#signal
  }

  get maxErrorBodyBytes(): number {
    return this.#components.maxErrorBodyBytes
  }

  /** A user's homeserver, or undefined when it is not known, for whatever reason. */
  async findHomeserver(user: PublicKey): Promise<PublicKey | undefined> {
    const key = user.z32()
    const looking = this.#homeservers.get(key, () => this.#components.findHomeserver(user))
    const found = await untilAborted(looking, this.#signal)
    if (found === undefined) this.#homeservers.delete(key)
    return found
  }

  /** Forgets where users and homeservers are, because a record has changed. */
  forgetPlaces(): void {
    this.#homeservers.clear()
    this.#places.clear()
    this.#components.transport.forget()
  }

  /** Sends a request and answers with whatever the server said. */
  async send(request: OutgoingRequest): Promise<Response> {
    const signal = anySignal(this.#signal, request.signal)
    signal?.throwIfAborted()
    const target = this.#places.find(request.url) ?? (await this.#findTarget(request.url, signal))
    for (let attempt = 1; ; attempt++) {
      const response = await this.#sendOnce(request, target, signal)
      const delay = request.retry === true && request.replayable !== false ? retryDelay(response, attempt) : undefined
      if (delay === undefined) return response
      await discard(response)
      await sleep(delay, signal)
    }
  }

  /** Sends a request; an answer outside 200–299 becomes a `RequestError`. */
  async sendExpectingSuccess(request: OutgoingRequest): Promise<Response> {
    const response = await this.send(request)
    if (!response.ok) throw await responseError(response, this.maxErrorBodyBytes)
    return response
  }

  /** Decides where a URL leads and under which tenant (spec 05 §4.2–§4.5). */
  async prepare(url: URL, signal: AbortSignal | undefined): Promise<PreparedTarget> {
    const host = parseKeyHost(url.hostname)
    if (host === undefined) return { route: ordinaryRoute(url), tenant: undefined }
    const storage = parseStorageAddress(url, host)
    if (storage === undefined) {
      const route = await this.#components.transport.route(url, host, signal)
      return { route, tenant: route.carriesKey ? undefined : host.key }
    }
    const homeserver = await this.#homeserverOf(host)
    const features = homeserver === undefined ? undefined : await this.features.of(homeserver)
    if (features?.has('path-addressed-storage')) {
      return { route: await this.#components.transport.route(url, host, signal), tenant: undefined }
    }
    const legacyUrl = new URL(url)
    legacyUrl.pathname = storage.legacyPath
    return { route: await this.#components.transport.route(legacyUrl, host, signal), tenant: storage.owner }
  }

  async #findTarget(url: string, signal: AbortSignal | undefined): Promise<PreparedTarget> {
    // Look-ups are shared by all who ask, so they do not end with one of them.
    const target = await untilAborted(this.prepare(new URL(url), signal), signal)
    this.#places.keep(url, target)
    return target
  }

  /** Cookies of a site, for requests that are built elsewhere. */
  cookiesOf(route: Route): ReadonlyMap<string, string> {
    return this.#jar.cookies(route.site)
  }

  /** Remembers the cookies that an answer sets. */
  keepCookies(route: Route, response: Response): void {
    this.#jar.store(route.site, response.headers)
  }

  async #homeserverOf(host: KeyHost): Promise<string | undefined> {
    if (host.kind === 'homeserver') return host.key
    return (await this.findHomeserver(host.publicKey))?.z32()
  }

  #sendOnce(request: OutgoingRequest, target: PreparedTarget, signal: AbortSignal | undefined): Promise<Response> {
    const { credential } = request
    const dispatch = (extra: Readonly<Record<string, string>>): Promise<Response> =>
      this.#dispatch(request, target, extra, signal)
    return credential === undefined
      ? dispatch({})
      : credential.authorize(dispatch, request.replayable !== false, signal)
  }

  async #dispatch(
    request: OutgoingRequest,
    { route, tenant }: PreparedTarget,
    extra: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const credentials = request.credentials ?? request.credential?.credentials ?? 'include'
    const headers: Record<string, string> = { ...request.headers, ...extra }
    // Browsers name themselves, and would ask the server for permission first.
    if (!isBrowser()) headers['user-agent'] = USER_AGENT
    const host = request.tenant ?? tenant
    if (host !== undefined) headers['pubky-host'] = host
    const cookie = credentials === 'include' ? withCookies(headers.cookie, this.cookiesOf(route)) : undefined
    const init: RequestInit & { duplex?: 'half' } = { method: request.method, headers, credentials }
    // Programs that wrap `fetch` to keep cookies add theirs to `Headers`, but replace this one in a plain object.
    if (cookie !== undefined) init.headers = new Headers({ ...headers, cookie })
    const { body } = request
    if (body !== undefined) init.body = typeof body === 'function' ? body() : body
    if (init.body instanceof ReadableStream) {
      init.duplex = 'half'
      // No stream can follow a redirect, and Node's `fetch` would keep all of it in memory for one.
      init.redirect = 'error'
    }
    if (signal !== undefined) init.signal = signal
    try {
      const response = await (request.transmit ?? route.fetch)(route.url, init)
      if (credentials === 'include') this.keepCookies(route, response)
      log('debug', () => `${request.method} ${shortened(route.url)} ${response.status}`)
      return response
    } catch (thrown) {
      log('debug', () => `${request.method} ${shortened(route.url)} failed: ${messageOf(thrown)}`)
      throw sendFailure(thrown, signal)
    }
  }

  async #requestInfo(homeserver: string): Promise<Response> {
    const signal = AbortSignal.timeout(INFO_TIMEOUT_MS)
    const url = new URL(`https://${homeserver}/info`)
    const { route } = await this.prepare(url, signal)
    return await route.fetch(route.url, { credentials: 'omit', signal })
  }
}

function ordinaryRoute(url: URL): Route {
  return { url: url.href, carriesKey: false, site: url.origin, fetch: globalFetch }
}

/** A URL for the log: relay channels and grant ids, which stand in paths, are nobody's business. */
function shortened(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}/${pathname.split('/')[1]}`
}

/** Far above what any answer that is no file comes to. */
const MAX_ANSWER_BYTES = 16_777_216

/** Reads a whole answer that is no file; one that is longer than such answers are is a `RequestError`. */
export async function readAnswer(response: Response, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await readBody(() => readBounded(response, MAX_ANSWER_BYTES), signal)
  if (bytes === undefined) throw transportError(`response body exceeds ${MAX_ANSWER_BYTES} bytes`, 'decode')
  return bytes
}

/** Reads a whole body; a transfer that breaks off becomes a `RequestError`. */
export async function readBody<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await read()
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason
    throw transportError('error decoding response body', 'decode', thrown)
  }
}
