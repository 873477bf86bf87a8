/** The operator's `GET /events-stream`: all users, all roots (spec 03 §2.10). */
import type { OperatorStreamRequest } from '../../events/event-streams.ts'
import { parseQuery } from '../client/query.ts'
import {
  isOn,
  parsePathFilter,
  parseStreamLimit,
  refuseCursor,
  refuseLiveReverse,
  refuseManyUsers,
} from '../client/stream-query.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { Route } from '../kernel/route.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'
import type { AdminServices } from './admin-services.ts'

export function eventStreamRoute({ core, keys, streams }: AdminServices): Route {
  return {
    path: '/events-stream',
    allow: 'GET',
    headLikeGet: false,
    operations: {
      GET: {
        summary: 'Changes of all users, private ones included, as server-sent events',
        access: 'operator',
        query: [
          { name: 'user', description: 'Only these users; repeatable, at most 50' },
          { name: 'cursor', description: 'Id of the last event seen' },
          { name: 'path', description: 'Only this file, or with a trailing slash this folder; repeatable' },
          { name: 'limit', description: 'Most events to send' },
          { name: 'reverse', description: '`true`: newest first, history only' },
          { name: 'live', description: '`true`: stay open for new events' },
        ],
        responses: {
          200: '`text/event-stream`',
          400: 'Invalid parameter',
          404: 'No such user',
          503: 'Too many streams',
        },
        async handle(exchange) {
          const request = parseOperatorStreamQuery(exchange.query, keys)
          const stream = await core.eventStreams.openForOperator(request).catch(refuseCursor)
          streams.run(exchange, stream, ['cache-control', 'no-store'])
        },
      },
    },
  }
}

/** Each parameter is checked where it stands, then what they mean together. @throws HttpError 400 */
function parseOperatorStreamQuery(query: string, keys: KeyTexts): OperatorStreamRequest {
  const users = new Set<string>()
  const paths: string[] = []
  let cursor: string | undefined
  let limit: number | undefined
  let live = false
  let reverse = false
  for (const [name, value] of parseQuery(query)) {
    if (name === 'limit') limit = parseStreamLimit(value)
    else if (name === 'live') live = isOn(value)
    else if (name === 'reverse') reverse = isOn(value)
    else if (value === '') continue
    else if (name === 'cursor') cursor = value
    else if (name === 'path') paths.push(parsePathFilter(value))
    else if (name === 'user') {
      if (!keys.isCanonical(value)) throw new HttpError(400, `Invalid public key: ${value}`)
      users.add(value)
    }
  }
  refuseLiveReverse(live, reverse)
  refuseManyUsers(users.size)
  return { users: [...users], cursor, paths, limit, reverse, live }
}
