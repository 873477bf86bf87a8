import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type CorsPolicy, corsHeaders, preflightHeaders } from '@pubky/server-kit'
import type { Doors } from './doors.ts'
import type { Message } from './entry.ts'
import type { AddressLimits } from './limits.ts'
import { BAD_ID, bare, type Reply, reply, TOO_LARGE, text } from './reply.ts'
import { endAfterRefusal, readBody } from './request-body.ts'
import { ALLOWED, decodeId, isTooLong, matchRoute, type Route } from './route.ts'

/**
 * The HTTP side of the relay: routes, checks in the order of spec 06 §3.1, limits per address, and the headers that
 * every answer carries.
 *
 * @param components.onError told of failures that are bugs
 */
export function createListener(components: {
  readonly doors: Doors
  readonly limits: AddressLimits
  readonly cors: CorsPolicy | undefined
  readonly maxBodyBytes: number
  readonly minIdBytes: number
  readonly onError: (error: unknown) => void
}): RequestListener {
  const { doors, limits, cors, maxBodyBytes, minIdBytes } = components

  const answer = async (request: IncomingMessage, route: Route, gone: AbortSignal): Promise<Reply | undefined> => {
    const { method = '' } = request
    if (!ALLOWED[route.name].split(',').includes(method)) return bare(405, { allow: ALLOWED[route.name] })
    if (route.name === 'banner') return text(200, 'Http Relay')
    const id = decodeId(route.segment)
    if (id === undefined) return BAD_ID
    const idRefusal = refuseId(id, route.name === 'link' ? 'Channel ID' : 'Inbox ID', minIdBytes)
    if (method === 'POST') {
      const refused = limits.refusePost(request)
      if (refused !== undefined) return refused
      const body = await readBody(request, maxBodyBytes)
      if (body === 'aborted') return undefined
      if (body === 'too large') return TOO_LARGE
      if (idRefusal !== undefined) return idRefusal
      const message = { body, contentType: contentTypeOf(request) }
      if (route.name === 'inbox') return doors.postInbox(id, message)
      return limits.whileWaiting(request, () => doors.postLink(id, message, gone))
    }
    if (idRefusal !== undefined) return idRefusal
    if (method === 'DELETE') return doors.deleteInbox(id)
    if (route.name === 'ack') return doors.isAcknowledged(id)
    return limits.whileWaiting(request, () => wait(route.name, method, id, gone))
  }
  const wait = (door: Route['name'], method: string, id: string, gone: AbortSignal): Promise<Reply> => {
    if (door === 'inbox') return doors.getInbox(id, gone)
    if (door === 'await') return doors.awaitAcknowledgement(id, gone)
    return method === 'HEAD' ? doors.headLink(id, gone) : doors.getLink(id, gone)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = matchRoute(request.url ?? '')
    if (request.method === 'OPTIONS' && cors !== undefined) {
      const headers = preflightHeaders(cors, corsRequest(request))
      if (route !== undefined) headers.allow = ALLOWED[route.name]
      return send(request, response, bare(200), headers)
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const result = route === undefined ? bare(404) : await answer(request, route, gone.signal)
    if (result === undefined || response.destroyed) return
    send(request, response, result, cors === undefined ? {} : corsHeaders(cors, request.headers.origin))
  }
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      components.onError(error)
      response.destroy()
    })
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, contentType, headers }: Reply,
  cors: Record<string, string>,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  // Messages are for one reader: no cache may keep them.
  const all: Record<string, string | number> = { ...cors, ...headers, 'cache-control': 'no-store' }
  if (contentType !== undefined) all['content-type'] = contentType
  all['content-length'] = bytes.length
  const isUnread = request.method === 'POST' && !request.complete
  if (isUnread) all.connection = 'close'
  response.writeHead(status, all)
  if (!isUnread) {
    response.end(bytes)
    return
  }
  response.write(bytes)
  endAfterRefusal(request, response)
}

function refuseId(id: string, kind: string, minBytes: number): Reply | undefined {
  if (isTooLong(id)) return reply(400, `${kind} too long`)
  return Buffer.byteLength(id) < minBytes ? reply(400, `${kind} too short`) : undefined
}

/** The producer's content type, if it is made of visible ASCII, spaces and tabs (spec 06 §4.1). */
function contentTypeOf(request: IncomingMessage): Message['contentType'] {
  const value = request.headers['content-type']
  return value !== undefined && /^[\t\x20-\x7e]*$/.test(value) ? value : null
}

function corsRequest({ headers }: IncomingMessage) {
  const method = headers['access-control-request-method']
  const names = headers['access-control-request-headers']
  return { origin: headers.origin, requestMethod: method, requestHeaders: names }
}
