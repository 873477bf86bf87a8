/** Turns event streams into answers: `text/event-stream` bodies that end with the stream (spec 02 §11.3.5). */
import type { EventStream, StreamSink } from '../../events/event-streams.ts'
import { SLOW_READER_BYTES } from '../../events/stream-run.ts'
import { drained } from '../kernel/drained.ts'
import type { Exchange } from '../kernel/exchange.ts'
import { flushHead } from '../kernel/wire.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'

/** A comment goes out after this long without anything else, so that proxies keep the connection. */
const KEEP_ALIVE_MS = 15_000
const CHECK_MS = 1_000
const COMMENT = Buffer.from(':\n\n')

/** All running stream answers; one timer keeps them alive. */
export class StreamAnswers implements Disposable {
  readonly #metrics: ServerMetrics
  readonly #stopping: AbortSignal
  readonly #sinks = new Set<ResponseSink>()
  #timer: NodeJS.Timeout | undefined

  /** @param stopping ends every stream */
  constructor(metrics: ServerMetrics, stopping: AbortSignal) {
    this.#metrics = metrics
    this.#stopping = stopping
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

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #serve(exchange: Exchange, stream: EventStream, sink: ResponseSink): Promise<void> {
    const openedAt = performance.now()
    this.#metrics.streamOpened()
    const signal = AbortSignal.any([this.#stopping, exchange.abortSignal()])
    const end = await stream.run(sink, signal)
    this.#sinks.delete(sink)
    if (this.#sinks.size === 0) this[Symbol.dispose]()
    this.#metrics.streamClosed(performance.now() - openedAt, end === 'slow')
    // What a slow reader has not taken by now it will not take: it comes back with its cursor.
    if (end === 'slow' || end === 'revoked') exchange.response.destroy()
    else exchange.response.end()
  }

  #keepAlive(): void {
    const now = performance.now()
    for (const sink of this.#sinks) if (now - sink.sentAt >= KEEP_ALIVE_MS) sink.send(COMMENT)
  }
}

class ResponseSink implements StreamSink {
  readonly #exchange: Exchange
  readonly #metrics: ServerMetrics
  sentAt = performance.now()

  constructor(exchange: Exchange, metrics: ServerMetrics) {
    this.#exchange = exchange
    this.#metrics = metrics
  }

  send(frames: Uint8Array): void {
    const { response } = this.#exchange
    if (response.destroyed || response.writableEnded) return
    this.sentAt = performance.now()
    response.write(frames)
    if (response.writableLength >= SLOW_READER_BYTES / 2) this.#metrics.streamHalfFull()
  }

  get pendingBytes(): number {
    return this.#exchange.response.writableLength
  }

  drained(): Promise<void> {
    return drained(this.#exchange.response)
  }
}
