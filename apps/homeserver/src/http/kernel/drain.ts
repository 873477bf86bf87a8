import { firstField, type WireRequest, type WireResponse } from './wire.ts'

/** How much of a body is still read after an early answer, and for how long, so that the client gets to see it. */
const DRAIN_BYTES = 8 * 1024 * 1024
const DRAIN_MS = 10_000
const CHECK_MS = 250

/**
 * Bounds what a client may go on sending once its request has been answered (spec 02 §10.4, Better: an early refusal must
 * reach the client). Node reads the rest of a body for ever; closing at once would often destroy the answer on its way.
 * To be called before the answer; HTTP/1.1 only.
 */
export function boundDrain(request: WireRequest, response: WireResponse): void {
  if (request.complete || !hasBody(request)) return
  response.once('finish', () => {
    if (request.complete || request.destroyed) return
    const { socket } = request
    const bytesAtAnswer = socket.bytesRead
    const answeredAt = performance.now()
    const timer = setInterval(() => {
      const isOver = socket.bytesRead - bytesAtAnswer > DRAIN_BYTES || performance.now() - answeredAt > DRAIN_MS
      if (request.complete || socket.destroyed || isOver) clearInterval(timer)
      if (isOver && !request.complete) request.destroy()
    }, CHECK_MS)
    timer.unref()
    request.resume()
  })
}

function hasBody(request: WireRequest): boolean {
  const length = firstField(request, 'content-length')
  return length === undefined ? firstField(request, 'transfer-encoding') !== undefined : length !== '0'
}
