/** The admin API: one password, its own socket (spec 03 §2). */
import { toHttpError } from '../kernel/error-answers.ts'
import { Exchange } from '../kernel/exchange.ts'
import { describeApi } from '../kernel/openapi.ts'
import { operationOf, type Route, Router } from '../kernel/route.ts'
import type { WaitingReaders } from '../kernel/waiting-readers.ts'
import { isGone, type WireRequest, type WireResponse } from '../kernel/wire.ts'
import { answerPreflight, corsFields } from '../middleware/cors.ts'
import type { AdminServices } from './admin-services.ts'
import { eventStreamRoute } from './events-stream.ts'
import { greeting, infoRoute } from './general.ts'
import { checkLocalHost, checkPassword } from './password.ts'
import { signupTokenRoutes } from './signup-tokens.ts'
import { userRoutes } from './users.ts'
import { webdavDeleteRoute } from './webdav-delete.ts'

/** Answers requests of the operator. */
export class AdminApp {
  readonly #password: string
  readonly #isForLocalHosts: boolean
  readonly #crossOrigin: boolean
  readonly #readers: WaitingReaders
  readonly #router: Router<Exchange>
  readonly #onError: (error: unknown) => void

  constructor(
    init: AdminServices & {
      readonly password: string
      /** Whether it is the default, which everybody knows. */
      readonly isPasswordKnown: boolean
      /** Whether pages of other origins may read answers; test networks need it (spec 06 §9.4). */
      readonly crossOrigin: boolean
      readonly readers: WaitingReaders
      readonly onError: (error: unknown) => void
    },
  ) {
    this.#password = init.password
    // Where pages of all origins are let in anyway, this would keep none out.
    this.#isForLocalHosts = init.isPasswordKnown && !init.crossOrigin
    this.#crossOrigin = init.crossOrigin
    this.#readers = init.readers
    this.#onError = init.onError
    const routes = [
      greeting,
      infoRoute(init),
      ...signupTokenRoutes(init),
      ...userRoutes(init),
      webdavDeleteRoute(init),
      eventStreamRoute(init),
    ]
    this.#router = new Router([...routes, openApiRoute(routes)])
  }

  get routes(): readonly Route[] {
    return this.#router.routes
  }

  /** Answers one request; never throws. Unless `crossOrigin`, pages of other origins get no CORS headers: they cannot read. */
  handle(request: WireRequest, response: WireResponse): void {
    const exchange = new Exchange(request, response, undefined, this.#readers)
    void this.#serve(exchange).catch((error: unknown) => this.#fail(exchange, error))
  }

  async #serve(exchange: Exchange): Promise<void> {
    const match = this.#router.match(exchange.path)
    if (exchange.method === 'OPTIONS') {
      if (this.#crossOrigin) answerPreflight(exchange, match?.route.allow ?? '')
      else exchange.empty(200)
      return
    }
    if (this.#crossOrigin) exchange.commonFields = corsFields(exchange.header('origin'))
    if (match === undefined) {
      exchange.empty(404)
      return
    }
    if (match.route !== greeting) {
      if (this.#isForLocalHosts) checkLocalHost(exchange.host)
      checkPassword(exchange.header('x-admin-password'), this.#password)
    }
    exchange.parameter = match.parameter
    const operation = operationOf(match.route, exchange.method)
    if (operation === undefined) exchange.empty(405, ['allow', match.route.allow])
    else await operation.handle(exchange)
  }

  #fail(exchange: Exchange, error: unknown): void {
    const answer = toHttpError(error)
    if (answer.status >= 500 && !isGone(exchange.response)) this.#onError(error)
    exchange.refuse(answer)
  }
}

function openApiRoute(routes: readonly Route[]): Route {
  const route: Route = {
    path: '/openapi.json',
    allow: 'GET,HEAD',
    operations: {
      GET: {
        summary: 'This description',
        access: 'operator',
        responses: { 200: 'OpenAPI 3.1 document' },
        handle: (exchange) => exchange.json(200, describeApi('Pubky homeserver: admin API', [...routes, route])),
      },
    },
  }
  return route
}
