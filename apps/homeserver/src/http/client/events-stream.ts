/** `GET /events-stream`: changes of up to 50 users as server-sent events (spec 02 §11.3). */
import type { Session } from '../../accounts/session.ts'
import type { StreamRequest } from '../../events/event-streams.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { Route } from '../kernel/route.ts'
import { type Authenticator, hasBearer } from '../middleware/authentication.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'
import { eventStreamPolicy } from '../middleware/private-cache.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ClientServices } from './client-services.ts'
import { parseQuery } from './query.ts'
import type { StreamAnswers } from './stream-answers.ts'
import {
  isOn,
  MAX_USERS,
  parsePathFilter,
  parseStreamLimit,
  refuseLiveReverse,
  refuseManyUsers,
} from './stream-query.ts'

export function eventStreamRoutes(
  { core }: ClientServices,
  keys: KeyTexts,
  authenticator: Authenticator,
  streams: StreamAnswers,
): readonly Route<ClientExchange>[] {
  return [
    {
      path: '/events-stream',
      allow: 'GET',
      headLikeGet: false,
      policy: eventStreamPolicy,
      operations: {
        GET: {
          summary: 'Changes of users as server-sent events: history, then live',
          query: [
            { name: 'user', description: '`<z32>` or `<z32>:<cursor>`; 1 to 50 times', required: true },
            { name: 'path', description: 'Only this file or, with a trailing slash, this folder; repeatable' },
            { name: 'limit', description: 'Most events to send' },
            { name: 'reverse', description: '`true`: newest first, history only' },
            { name: 'live', description: '`true`: stay open for new events' },
          ],
          responses: {
            200: '`text/event-stream`',
            400: 'Invalid parameter',
            401: 'A private path needs a session',
            403: 'The session does not cover the path',
            404: 'No such user',
            503: 'Too many streams, or private streams are not available now',
          },
          async handle(exchange) {
            const query = parseStreamQuery(exchange.query, keys)
            streams.requireRoom(exchange)
            const session = await streamSession(exchange, query, authenticator)
            streams.run(exchange, await core.eventStreams.open({ ...query, session }))
          },
        },
      },
    },
  ]
}

/** @throws HttpError 400: rows 1 to 7 of spec 02 §11.3.2 in order */
export function parseStreamQuery(query: string, keys: KeyTexts): Omit<StreamRequest, 'session'> {
  const userTexts: string[] = []
  const pathTexts: string[] = []
  let limit: number | undefined
  let reverse = false
  let live = false
  for (const [name, value] of parseQuery(query)) {
    if (name === 'limit') limit = parseStreamLimit(value)
    else if (name === 'reverse') reverse = isOn(value)
    else if (name === 'live') live = isOn(value)
    else if (name === 'user' && value !== '') userTexts.push(value)
    else if (name === 'path' && value !== '') pathTexts.push(value)
  }
  refuseLiveReverse(live, reverse)
  // What is too many is refused below, and not looked at.
  const users = userTexts.slice(0, MAX_USERS).map((text) => {
    const colon = text.indexOf(':')
    const name = colon < 0 ? text : text.slice(0, colon)
    const key = keys.fromAddress(name)
    if (key === undefined) throw new HttpError(400, `Invalid public key: ${name}`)
    return { user: key, cursor: colon < 0 ? undefined : text.slice(colon + 1) }
  })
  if (userTexts.length === 0) throw new HttpError(400, 'user parameter is required')
  refuseManyUsers(userTexts.length)
  return { users, paths: pathTexts.map(parsePathFilter), limit, reverse, live }
}

/**
 * The session that counts for a stream (spec 02 §11.3.4): a presented bearer shuts cookies out; a private stream of one
 * user also looks for that user's cookie.
 */
async function streamSession(
  exchange: ClientExchange,
  { users, paths }: Omit<StreamRequest, 'session'>,
  authenticator: Authenticator,
): Promise<Session | undefined> {
  if (hasBearer(exchange)) return exchange.session?.kind === 'grant' ? exchange.session : undefined
  if (exchange.session !== undefined) return exchange.session
  const [only] = users
  const isPrivate = paths.some((path) => path.startsWith('/priv/'))
  return isPrivate && only !== undefined && users.length === 1
    ? authenticator.cookieSessionOf(exchange, only.user)
    : undefined
}
