import { createSseDecoder, decodeEvent, ProtocolError } from '@pubky/protocol'
import { invalidRequest, messageOf, requestError } from '../errors/create.ts'
import { within } from '../http/sleep.ts'
import { log } from '../log.ts'
import { Event } from './event.ts'

/** How a stream is read. */
export interface ReadingRules {
  readonly maxEventBytes: number | undefined
  readonly signal: AbortSignal | undefined
  /** Milliseconds after which a server that says nothing, not even a comment, counts as gone; undefined: never. */
  readonly maxSilenceMs?: number
}

/**
 * The events of a stream as they come. What is no event is skipped. Throws `RequestError` when the connection breaks or
 * an event is over the limit, or the reason of `signal` when that aborts; ends when the server closes. Leaving early
 * closes the connection.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { maxEventBytes, signal, maxSilenceMs }: ReadingRules,
): AsyncGenerator<Event, void> {
  const decoder = createSseDecoder(maxEventBytes)
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await (maxSilenceMs === undefined
        ? readChunk(reader, signal)
        : within(maxSilenceMs, () => readChunk(reader, signal)))
      if (done) return
      for (const { type, data } of decoded(() => decoder.push(value))) {
        const event = decodeEvent(type, data)
        if (event === undefined) log('debug', `skipped a message of type ${type} on an event stream`)
        else yield new Event(event)
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read()
  } catch (cause) {
    signal?.throwIfAborted()
    const text = `Request failed: HTTP transport error: SSE stream error: ${messageOf(cause)}`
    throw requestError(text, { kind: 'connection' }, cause)
  }
}

function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (cause instanceof ProtocolError) throw invalidRequest(cause.message, cause)
    throw cause
  }
}
