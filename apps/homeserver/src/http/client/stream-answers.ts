/** Turns event streams into answers: `text/event-stream` bodies that end with the stream (spec 02 §11.3.5). */
import type { EventStream, StreamSink } from '../../events/event-streams.ts'
import { SLOW_READER_BYTES } from '../../events/stream-run.ts'
import type { Exchange, Throttle } from '../kernel/exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import { cutOff, flushHead, isGone } from '../kernel/wire.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'

/** A comment goes out after this long without anything else, so that proxies keep the connection. */
const KEEP_ALIVE_MS = 15_000
const CHECK_MS = 1_000
const COMMENT = Buffer.from(':\n\n')

/** All running stream answers; one timer keeps them alive. */
export class StreamAnswers {
  readonly #metrics: ServerMetrics
  readonly #maxPerClient: number | undefined
  readonly #sinks = new Set<ResponseSink>()
  /** Streams by the key of their client. */
  readonly #ofClients = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #isStopping: boolean = false

  /** @param init.maxPerClient streams of one address; undefined = as many as there is room for */
  constructor(metrics: ServerMetrics, init: { readonly maxPerClient: number | undefined }) {
    this.#metrics = metrics
    this.#maxPerClient = init.maxPerClient
  }

  /** @throws HttpError 503 when the client has as many streams as one may have */
  requireRoom({ client }: Exchange): void {
    const streams = client === undefined ? 0 : (this.#ofClients.get(client.key) ?? 0)
    if (this.#maxPerClient === undefined || streams < this.#maxPerClient) return
    throw new HttpError(503, 'Too many event streams', { headers: ['retry-after', '5'] })
  }

  /** Answers 200 and sends the stream until it ends or the client goes away. */
  run(exchange: Exchange, stream: EventStream, fields: readonly string[] = []): void {
    exchange.begin(200, ['content-type', 'text/event-stream', ...fields])
    flushHead(exchange.response)
    const sink = new ResponseSink(exchange, this.#metrics)
    this.#sinks.add(sink)
    this.#timer ??= setInterval(() => this.#keepAlive(), CHECK_MS).unref()
    void this.#serve(exchange, stream, sink)
  }

  /** Ends every stream; their readers come back elsewhere, with their cursors. */
  stop(): void {
    this.#isStopping = true
    for (const sink of this.#sinks) sink.stop()
  }

  async #serve(exchange: Exchange, stream: EventStream, sink: ResponseSink): Promise<void> {
    const openedAt = performance.now()
    this.#metrics.streamOpened()
    this.#count(exchange, 1)
    if (this.#isStopping) sink.stop()
    const end = await stream.run(sink, sink.stopped)
    this.#sinks.delete(sink)
    this.#count(exchange, -1)
    if (this.#sinks.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    this.#metrics.streamClosed(performance.now() - openedAt, end === 'slow')
    if (end === 'complete' || end === 'limit') await sink.metered
    // What a slow reader has not taken by now it will not take: it comes back with its cursor.
    if (end === 'slow' || end === 'revoked') cutOff(exchange.response)
    else exchange.end()
  }

  #count({ client }: Exchange, change: 1 | -1): void {
    if (client === undefined || this.#maxPerClient === undefined) return
    const streams = (this.#ofClients.get(client.key) ?? 0) + change
    if (streams > 0) this.#ofClients.set(client.key, streams)
    else this.#ofClients.delete(client.key)
  }

  #keepAlive(): void {
    const now = performance.now()
    for (const sink of this.#sinks) if (now - sink.sentAt >= KEEP_ALIVE_MS) sink.send(COMMENT)
  }
}

/** The writing end of one stream. There may be ten thousand of them, so each holds little. */
class ResponseSink implements StreamSink {
  readonly #exchange: Exchange
  readonly #metrics: ServerMetrics
  readonly #stopping = new AbortController()
  /** Bytes that wait for their turn under the reader's bandwidth limit. */
  #heldBytes = 0
  #turn: Promise<void> | undefined
  sentAt = performance.now()

  constructor(exchange: Exchange, metrics: ServerMetrics) {
    this.#exchange = exchange
    this.#metrics = metrics
    exchange.response.once('close', () => this.stop())
  }

  /** Resolves when what was taken so far has had its turn. */
  get metered(): Promise<void> | undefined {
    return this.#turn
  }

  /** Aborted when the client is gone or the server stops. */
  get stopped(): AbortSignal {
    return this.#stopping.signal
  }

  stop(): void {
    this.#stopping.abort()
  }

  send(frames: Uint8Array): void {
    if (this.#isGone) return
    this.sentAt = performance.now()
    const { throttle } = this.#exchange
    if (throttle === undefined) this.#write(frames)
    else {
      this.#heldBytes += frames.length
      this.#turn = this.#sendInTurn(this.#turn, frames, throttle)
    }
  }

  get pendingBytes(): number {
    return this.#heldBytes + this.#exchange.response.writableLength
  }

  async drained(): Promise<void> {
    await this.#turn
    await this.#exchange.drained()
  }

  get #isGone(): boolean {
    const { response } = this.#exchange
    return isGone(response) || response.writableEnded
  }

  async #sendInTurn(before: Promise<void> | undefined, frames: Uint8Array, throttle: Throttle): Promise<void> {
    await before
    await throttle(frames.length)
    this.#heldBytes -= frames.length
    if (!this.#isGone) this.#write(frames)
  }

  #write(frames: Uint8Array): void {
    if (!this.#exchange.response.write(frames)) void this.#exchange.drained()
    if (this.pendingBytes >= SLOW_READER_BYTES / 2) this.#metrics.streamHalfFull()
  }
}
