/** The client API: the stages every request passes (spec 02 §2), in their order. */
import type { ClientIdentity } from '@pubky/server-kit'
import type { RequestLimits } from '../../limits/request-limits.ts'
import type { UserBandwidth } from '../../limits/user-bandwidth.ts'
import { toHttpError } from '../kernel/error-answers.ts'
import type { AnswerListener } from '../kernel/exchange.ts'
import { operationOf, preflightAllow, type Route, Router } from '../kernel/route.ts'
import type { WaitingReaders } from '../kernel/waiting-readers.ts'
import { isGone, type WireRequest, type WireResponse } from '../kernel/wire.ts'
import { Authenticator, type CookiePolicy } from '../middleware/authentication.ts'
import { answerPreflight, corsFields } from '../middleware/cors.ts'
import { KeyTexts } from '../middleware/key-texts.ts'
import { selectThrottle, takeRequest, takeSessionRequest } from '../middleware/limits.ts'
import { privateCachePolicy } from '../middleware/private-cache.ts'
import { resolveTenant } from '../middleware/tenant.ts'
import { classifyWebsite } from '../middleware/website-host.ts'
import { accountRoutes } from './account.ts'
import { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'
import { cookieSessionRoutes } from './cookie-sessions.ts'
import { hostMissing } from './cookies.ts'
import { eventRoutes } from './events.ts'
import { eventStreamRoutes } from './events-stream.ts'
import { generalRoutes } from './general.ts'
import { grantRoutes } from './grants.ts'
import { openApiRoute } from './openapi.ts'
import { sessionRoutes } from './sessions.ts'
import { signupTokenRoutes } from './signup-tokens.ts'
import { storageRoutes } from './storage.ts'
import type { StreamAnswers } from './stream-answers.ts'
import { serveWebsite } from './websites.ts'

/** Methods of the routes. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'LOCK', 'UNLOCK'])

/** What the client API is made of. */
export interface ClientAppInit extends ClientServices {
  readonly requestLimits: RequestLimits
  readonly bandwidth: UserBandwidth
  readonly cookies: CookiePolicy
  readonly streams: StreamAnswers
  readonly readers: WaitingReaders
  /** Told of what the client only sees as a 500. */
  readonly onError: (error: unknown) => void
  /** Told of each answer, for the log. */
  readonly onAnswer?: AnswerListener
}

/** Answers requests of clients. */
export class ClientApp {
  readonly #init: ClientAppInit
  readonly #keys = new KeyTexts()
  readonly #homeserver: string
  readonly #authenticator: Authenticator
  readonly #router: Router<ClientExchange>
  readonly #storage: ReturnType<typeof storageRoutes>
  readonly #infoRoute: Route<ClientExchange> | undefined
  readonly #onAnswer: AnswerListener

  constructor(init: ClientAppInit) {
    this.#init = init
    const { answers } = init.metrics
    const { onAnswer } = init
    // HTTP/2 takes any word for a method, and whatever answer it gets, it must not become a label.
    const count: AnswerListener = ({ route, method }, status) =>
      answers.add(route, METHODS.has(method) ? method : 'OTHER', status)
    this.#onAnswer =
      onAnswer === undefined
        ? count
        : (exchange, status) => {
            count(exchange, status)
            onAnswer(exchange, status)
          }
    this.#homeserver = init.identity.publicKey.z32()
    this.#authenticator = new Authenticator({
      sessions: init.core.sessions,
      policy: init.cookies,
      keys: this.#keys,
      homeserver: this.#homeserver,
    })
    this.#storage = storageRoutes(init)
    const routes = [
      ...generalRoutes(init),
      ...signupTokenRoutes(init),
      ...sessionRoutes(init, this.#keys),
      ...grantRoutes(init),
      ...cookieSessionRoutes(init),
      ...accountRoutes(init),
      ...eventRoutes(init),
      ...eventStreamRoutes(init, this.#keys, this.#authenticator, init.streams),
      this.#storage.pathAddressed,
      this.#storage.legacy,
    ]
    this.#router = new Router([...routes, openApiRoute(routes)])
    this.#infoRoute = this.#router.match('/info')?.route
  }

  /** Every route, for the API description and its tests. */
  get routes(): readonly Route<ClientExchange>[] {
    return this.#router.routes
  }

  /** Answers one request; never throws. */
  handle(request: WireRequest, response: WireResponse, client: ClientIdentity | undefined): void {
    const exchange = new ClientExchange(request, response, client, this.#init.readers)
    try {
      const done = this.#serve(exchange)
      if (done !== undefined) done.catch((error: unknown) => this.#fail(exchange, error))
    } catch (error) {
      this.#fail(exchange, error)
    }
  }

  #serve(exchange: ClientExchange): Promise<void> | void {
    const { path, method, request } = exchange
    const match = this.#router.match(path) ?? { route: this.#storage.legacy, parameter: '' }
    if (method === 'OPTIONS') {
      answerPreflight(exchange, preflightAllow(this.#isStorage(match.route) ? this.#storage.legacy : match.route))
      return undefined
    }
    exchange.commonFields = corsFields(exchange.header('origin'))
    if (request.httpVersion === '1.1' && exchange.host === undefined) throw hostMissing()
    exchange.onAnswer = this.#onAnswer
    exchange.route = match.route.path
    exchange.parameter = match.parameter
    resolveTenant(exchange, this.#keys)
    if (this.#init.websites) classifyWebsite(exchange, this.#keys, this.#homeserver)
    if (exchange.website !== undefined) exchange.route = 'website'
    if (match.route === this.#infoRoute) return this.#dispatch(exchange, match.route)
    takeRequest(exchange, this.#init.requestLimits)
    const authenticated = this.#authenticator.authenticate(exchange)
    return authenticated === undefined
      ? this.#afterAuthentication(exchange, match.route)
      : authenticated.then(() => this.#afterAuthentication(exchange, match.route))
  }

  #afterAuthentication(exchange: ClientExchange, route: Route<ClientExchange>): Promise<void> | void {
    takeSessionRequest(exchange, this.#init.requestLimits)
    const selected = selectThrottle(exchange, this.#init.bandwidth)
    return selected === undefined
      ? this.#dispatch(exchange, route)
      : selected.then(() => this.#dispatch(exchange, route))
  }

  #dispatch(exchange: ClientExchange, route: Route<ClientExchange>): Promise<void> | void {
    if (exchange.website !== undefined) return serveWebsite(exchange, exchange.website, this.#init.core)
    if (this.#isStorage(route)) {
      exchange.policy = privateCachePolicy(exchange)
      this.#init.metrics.storage.add(exchange, this.#keys)
    } else exchange.policy = route.policy
    const operation = operationOf(route, exchange.method)
    if (operation !== undefined) return operation.handle(exchange)
    exchange.empty(405, ['allow', route.allow])
    return undefined
  }

  #isStorage(route: Route<ClientExchange>): boolean {
    return route === this.#storage.legacy || route === this.#storage.pathAddressed
  }

  #fail(exchange: ClientExchange, error: unknown): void {
    const answer = toHttpError(error)
    if (answer.status >= 500 && answer.status !== 507 && !isGone(exchange.response)) this.#init.onError(error)
    exchange.refuse(answer)
  }
}
