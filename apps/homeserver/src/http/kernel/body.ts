import type { Exchange } from './exchange.ts'
import { HttpError } from './http-error.ts'

/** Largest body of the routes that take a message and not a file (spec 02 §9.4, §9.8). */
const MESSAGE_BYTES = 2_097_152

/**
 * The whole request body.
 * @throws HttpError 413 above `limit` bytes, with the framework's text; 400 when the client breaks off
 */
export async function readBody(
  exchange: Exchange,
  limit = MESSAGE_BYTES,
  tooLarge: () => HttpError = bodyTooLarge,
): Promise<Uint8Array> {
  const declared = exchange.header('content-length')
  if (declared !== undefined && /^[0-9]+$/.test(declared) && Number(declared) > limit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  await readChunks(exchange, async (chunk) => {
    length += chunk.length
    if (length > limit) throw tooLarge()
    chunks.push(chunk)
  })
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/**
 * Gives the chunks of the request body to `take`, one after the other, metered by the exchange's throttle.
 * @throws HttpError 400 `Stream broken` when the body ends early; whatever `take` throws
 */
export async function readChunks(exchange: Exchange, take: (chunk: Uint8Array) => Promise<void> | void): Promise<void> {
  const { request, throttle } = exchange
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) throw brokenStream()
      const metered = throttle?.(chunk.length)
      if (metered !== undefined) await metered
      const taken = take(chunk)
      if (taken !== undefined) await taken
    }
  } catch (error) {
    throw isBrokenTransport(error) ? brokenStream(error) : error
  }
  if (!request.complete) throw brokenStream()
}

function bodyTooLarge(): HttpError {
  return new HttpError(413, 'Failed to buffer the request body: length limit exceeded')
}

function brokenStream(cause?: unknown): HttpError {
  return new HttpError(400, 'Stream broken', { cause })
}

/** Errors of the socket itself carry a system or stream code; those of our own layers do not come through here. */
function isBrokenTransport(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(ECONN|EPIPE|ERR_|HPE_)/.test(error.code)
  )
}
