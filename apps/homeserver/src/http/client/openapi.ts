/** `GET /openapi.json`: the API description, made from the routes themselves. */
import { describeApi } from '../kernel/openapi.ts'
import type { Route } from '../kernel/route.ts'
import type { ClientExchange } from './client-exchange.ts'

/** The route that describes the given ones, and itself. */
export function openApiRoute(routes: readonly Route<ClientExchange>[]): Route<ClientExchange> {
  let description: string | undefined
  const route: Route<ClientExchange> = {
    path: '/openapi.json',
    allow: 'GET,HEAD',
    operations: {
      GET: {
        summary: 'This description',
        responses: { 200: 'OpenAPI 3.1 document' },
        handle: (exchange) => {
          description ??= JSON.stringify(describeApi('Pubky homeserver: client API', [...routes, route]))
          exchange.send(200, ['content-type', 'application/json'], description)
        },
      },
    },
  }
  return route
}
