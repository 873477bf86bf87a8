import type { IncomingMessage } from 'node:http'

interface Progress {
  bytesAtStart: number
  startedAt: number
}

/**
 * Cuts off request bodies that trickle: a client that is being read from and brings fewer than `minBytes` within
 * `windowMs` loses its connection (design/reliability.md H2). Time during which the server does not read, be it for
 * back-pressure or because it has not sent `100 Continue` yet, does not count against the client.
 */
export class BodyWatch {
  readonly #windowMs: number
  readonly #minBytes: number
  readonly #bodies = new Map<IncomingMessage, Progress>()
  #timer: NodeJS.Timeout | undefined

  constructor(init: { readonly windowMs: number; readonly minBytes: number }) {
    this.#windowMs = init.windowMs
    this.#minBytes = init.minBytes
  }

  /** Watches the body of a request until it is complete or its connection is gone. */
  add(request: IncomingMessage): void {
    const { headers } = request
    if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') return
    this.#bodies.set(request, { bytesAtStart: request.socket.bytesRead, startedAt: performance.now() })
    request.once('close', () => this.#forget(request))
    request.once('end', () => this.#forget(request))
    this.#timer ??= setInterval(() => this.#check(), Math.max(10, this.#windowMs / 12)).unref()
  }

  /** Stops watching. */
  close(): void {
    this.#bodies.clear()
    this.#stopTimer()
  }

  #check(): void {
    const now = performance.now()
    for (const [request, progress] of this.#bodies) {
      const { bytesRead } = request.socket
      const isWaitingForClient = !request.complete && request.readableFlowing !== null && request.readableLength === 0
      if (!isWaitingForClient || bytesRead - progress.bytesAtStart >= this.#minBytes) {
        progress.bytesAtStart = bytesRead
        progress.startedAt = now
      } else if (now - progress.startedAt >= this.#windowMs) {
        this.#forget(request)
        request.socket.destroy()
      }
    }
  }

  #forget(request: IncomingMessage): void {
    this.#bodies.delete(request)
    if (this.#bodies.size === 0) this.#stopTimer()
  }

  #stopTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
