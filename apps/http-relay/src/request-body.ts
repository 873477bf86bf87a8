import type { IncomingMessage, ServerResponse } from 'node:http'

/** What came of reading a body: its bytes, one that is over the limit, or a client that went away. */
export type BodyResult = Uint8Array | 'too large' | 'aborted'

/** Reads a body of at most `limit` bytes, and stops reading at the first byte too many. */
export function readBody(request: IncomingMessage, limit: number): Promise<BodyResult> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too large')
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let length = 0
    const finish = (result: BodyResult): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      request.pause()
      resolve(result)
    }
    const onData = (chunk: Uint8Array): void => {
      length += chunk.length
      if (length > limit) finish('too large')
      else chunks.push(chunk)
    }
    const onEnd = (): void => finish(Buffer.concat(chunks))
    const onClose = (): void => finish('aborted')
    request.on('data', onData).on('end', onEnd).on('close', onClose)
    request.on('error', () => {})
  })
}

/** After a refusal, this much of a body is still read so that the client gets to see the answer. */
const LINGER_BYTES = 1 << 20
const LINGER_MS = 1_000

/**
 * Ends a request whose body was not read to its end. The answer must have been written completely but not ended:
 * closing at once, with bytes of the client unread, would reset the connection and could destroy the answer on its way.
 */
export function endAfterRefusal(request: IncomingMessage, response: ServerResponse): void {
  let left = LINGER_BYTES
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.length
    if (left < 0) end()
  })
  request.once('end', end)
  response.once('close', () => clearTimeout(timer))
  request.resume()
}
