import type { Client } from '../client.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { statusCodeOf } from '../errors/status-code.ts'
import { backoffDelay } from '../http/backoff.ts'
import { anySignal, sleep, within } from '../http/sleep.ts'
import { log } from '../log.ts'
import type { Event } from './event.ts'
import { openStream } from './open-stream.ts'
import { readEvents } from './read-events.ts'
import type { StreamRequest } from './stream-request.ts'

/** Servers say something every 15 seconds (spec 05 §9), so after five times that nobody is there any more. */
const MAX_SILENCE_MS = 75_000

/** The events of one connection; the stream fails with `RequestError` when it breaks. Cancelling closes it. */
export async function subscribeEvents(client: Client, request: StreamRequest): Promise<ReadableStream<Event>> {
  const connection = new AbortController()
  const asked = anySignal(request.signal, client.core.signal)
  const response = await openStream(client, { ...request, signal: anySignal(asked, connection.signal) })
  const events = response.body === null ? undefined : readEvents(response.body, { ...request, signal: asked })
  return new ReadableStream<Event>({
    async pull(controller) {
      const next = await events?.next()
      if (next === undefined || next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    cancel() {
      // A read that is waiting would keep the generator from ending; this makes it end.
      connection.abort()
    },
  })
}

/**
 * The events of a stream, opened again from the last cursor of each user whenever the connection breaks (ours). Every
 * event comes exactly once and in order. Ends when the server has sent what was asked for; a live stream without a
 * limit ends only by its signal, or by an answer that will not change (400–499 but 408 and 429).
 */
export async function* followEvents(client: Client, request: StreamRequest): AsyncGenerator<Event, void> {
  const users = new Map(request.users)
  const signal = anySignal(request.signal, client.core.signal)
  let remaining = request.limit
  let failures = 0
  for (;;) {
    try {
      const response = await within(MAX_SILENCE_MS, (late) =>
        openStream(client, { ...request, users, limit: remaining, signal: anySignal(request.signal, late) }),
      )
      if (response.body === null) return
      for await (const event of readEvents(response.body, { ...request, signal, maxSilenceMs: MAX_SILENCE_MS })) {
        failures = 0
        const owner = event.resource.owner
        // A homeserver speaks for its own users, and does not choose whom this program follows.
        if (!users.has(owner.z32())) continue
        users.set(owner.z32(), { key: owner.inner, cursor: event.cursor })
        if (remaining !== undefined) remaining -= 1
        yield event
        if (remaining === 0) return
      }
      // The end of a stream that is not live is its end; a live one was only cut.
      if (!request.live) return
    } catch (thrown) {
      signal?.throwIfAborted()
      if (!isPassing(thrown)) throw thrown
      log('info', 'an event stream broke off and is opened again')
    }
    failures += 1
    await sleep(backoffDelay(failures), signal)
  }
}

/** Whether trying again can help: the network, or a server that is busy or restarting. */
function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof PubkyError)) return false
  if (thrown.name === 'PkarrError') return true
  const status = statusCodeOf(thrown)
  if (status !== undefined) return status >= 500 || status === 408 || status === 429
  const { data } = thrown
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind !== 'invalidRequest'
}
