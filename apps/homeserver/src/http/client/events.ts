/** `GET /events/`: the public feed of all users (spec 02 §11.2). */
import type { EventRecord } from '../../store/store.ts'
import type { Route } from '../kernel/route.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'
import { parseListQuery } from './list-query.ts'
import { refuseCursor } from './stream-query.ts'

export function eventRoutes({ core, metrics }: ClientServices): readonly Route<ClientExchange>[] {
  return [
    {
      path: '/events/',
      allow: 'GET,HEAD',
      operations: {
        GET: {
          summary: 'A page of public changes of all users, oldest first',
          query: [
            { name: 'cursor', description: 'Id of the last event seen' },
            { name: 'limit', description: 'Events in the page: 0 to 1000, default 100' },
          ],
          responses: { 200: 'One event a line, then the cursor', 400: 'Invalid cursor or boolean' },
          async handle(exchange) {
            const { cursor, limit } = parseListQuery(exchange.query)
            const startedAt = performance.now()
            const events = await core.eventLog.publicEvents(cursor, limit).catch(refuseCursor)
            metrics.feedQueried(performance.now() - startedAt)
            exchange.send(200, ['content-type', 'text/plain'], formatFeed(events))
          },
        },
      },
    },
  ]
}

function formatFeed(events: readonly EventRecord[]): string {
  const last = events.at(-1)
  if (last === undefined) return ''
  const lines = events.map(({ type, user, path }) => `${type} pubky://${user}${path}`)
  return `${lines.join('\n')}\ncursor: ${last.id}`
}
