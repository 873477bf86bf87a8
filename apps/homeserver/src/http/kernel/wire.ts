/** The two request/response pairs a connection can speak: HTTP/1.1, and HTTP/2 with prior knowledge (spec 02 §1.3). */
import { type IncomingMessage, ServerResponse } from 'node:http'
import { constants, type Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { TlsSocket } from '@pubky/tls'

export type WireRequest = IncomingMessage | Http2ServerRequest

/** What both kinds of responses have in common; the functions here know the difference. */
export interface WireResponse extends Omit<Writable, 'destroyed'> {
  readonly headersSent: boolean
}

/** Whether nobody will get what is written to the response. Node's responses of HTTP/2 have no `destroyed`. */
export function isGone(response: WireResponse): boolean {
  if (response instanceof Http2ServerResponse) return response.stream.destroyed || response.stream.closed
  return 'destroyed' in response && response.destroyed === true
}

/**
 * Sends status and header fields, in order and with repeated names as separate fields.
 *
 * @param fields name, value, name, value …
 */
export function writeHead(response: WireResponse, status: number, fields: readonly string[]): void {
  if (response instanceof ServerResponse) {
    // Node's types want a mutable array; it is only read.
    response.writeHead(status, fields as string[])
    return
  }
  if (!(response instanceof Http2ServerResponse)) throw new TypeError('not a response of node:http or node:http2')
  response.statusCode = status
  for (let i = 0; i + 1 < fields.length; i += 2) response.appendHeader(fields[i] ?? '', fields[i + 1] ?? '')
}

/** Puts the head on the wire before there is a body: for streams that may be silent for long. */
export function flushHead(response: WireResponse): void {
  if (response instanceof ServerResponse) response.flushHeaders()
  else if (response instanceof Http2ServerResponse)
    response.stream.respond({ ':status': response.statusCode, ...response.getHeaders() })
}

/** Whether a response that is closed did not reach its end. HTTP/2 ends the stream that its client gives up. */
export function wasGivenUp(response: WireResponse): boolean {
  return response instanceof Http2ServerResponse ? response.stream.aborted : !response.writableFinished
}

/**
 * Ends an answer before its end, so that no client takes it for a whole one: HTTP/2 clients believe a stream that is
 * closed without an error. A plain connection is reset, or the system would go on offering the client what it holds.
 */
export function cutOff(response: WireResponse): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else {
    tcpOf(response)?.resetAndDestroy()
    response.destroy()
  }
}

/**
 * A number that grows when the client takes something of the connection, by as many bytes. HTTP/2 does not tell: there,
 * and should Node ever hide how much waits in a socket's queue, it stays 0.
 */
export function bytesTaken(response: WireResponse): number {
  const tcp = tcpOf(response)
  const queue: unknown = tcp === undefined ? undefined : Reflect.get(tcp, '_handle')
  if (typeof queue !== 'object' || queue === null) return 0
  const { bytesWritten, writeQueueSize }: { bytesWritten?: unknown; writeQueueSize?: unknown } = queue
  return typeof bytesWritten === 'number' && typeof writeQueueSize === 'number' ? bytesWritten - writeQueueSize : 0
}

/** The TCP connection that carries nothing but this answer. */
function tcpOf(response: WireResponse): Socket | undefined {
  if (!(response instanceof ServerResponse)) return undefined
  const { socket } = response
  if (socket instanceof TlsSocket) return socket.tcp
  return socket instanceof Socket ? socket : undefined
}

/** The first field of that name (lower case) whose value is visible ASCII; what clients see as "the header". */
export function firstField(request: WireRequest, name: string): string | undefined {
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return rawHeaders[i + 1]
  }
  return undefined
}

/** The values of all fields of that name (lower case), in order. */
export function allFields(request: WireRequest, name: string): readonly string[] {
  const { rawHeaders } = request
  const values: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i]
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '')
  }
  return values
}

/** Whether a header value has only visible ASCII characters, spaces and tabs; other values count as absent. */
export function isVisibleAscii(value: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(value)
}

/** The host a request names: the first `Host` field, else the `:authority` of HTTP/2 (spec 02 §1.7 Better). */
export function hostOf(request: WireRequest): string | undefined {
  return firstField(request, 'host') ?? firstField(request, ':authority')
}
