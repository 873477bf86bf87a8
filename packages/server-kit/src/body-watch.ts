import { IncomingMessage } from 'node:http'
import { constants, Http2ServerRequest } from 'node:http2'

interface Progress {
  /** Bytes that arrived since `startedAt`. */
  bytes: number
  startedAt: number
}

/** A request that tells how its body comes in. */
interface WatchedBody {
  readonly readableFlowing: boolean | null
  readonly readableLength: number
  readonly destroyed: boolean
  /** Told of each chunk, and of the end by null. */
  onArrival: BodyWatch | undefined
  /** Whether a body is announced. */
  hasBody(): boolean
  /** Ends what brings the body. */
  cutOff(): void
}

/**
 * A request of HTTP/1.1. Counted where the parser delivers: streams that are no network sockets do
 * not count for themselves, and a request whose body is read by its length never says that it ended. In the prototype,
 * because a function of its own on each request keeps the requests from being collected cheaply.
 */
export class WatchedRequest extends IncomingMessage implements WatchedBody {
  onArrival: BodyWatch | undefined

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    this.onArrival?.arrived(this, chunk)
    return super.push(chunk, encoding)
  }

  hasBody(): boolean {
    return announcesBody(this)
  }

  cutOff(): void {
    this.socket.destroy()
  }
}

/** A request of HTTP/2: only its stream is cut off, the others of the connection go on. */
export class WatchedHttp2Request extends Http2ServerRequest implements WatchedBody {
  onArrival: BodyWatch | undefined

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    this.onArrival?.arrived(this, chunk)
    return super.push(chunk, encoding)
  }

  hasBody(): boolean {
    return !this.stream.endAfterHeaders
  }

  cutOff(): void {
    this.stream.close(constants.NGHTTP2_CANCEL)
  }
}

/**
 * Cuts off request bodies that trickle: a client that is being read from and brings fewer than `minBytes` within
 * `windowMs` loses its connection, or in HTTP/2 its stream (design/reliability.md H2). Time during which the server does
 * not read, be it for back-pressure or because it has not sent `100 Continue` yet, does not count against the client.
 */
export class BodyWatch {
  readonly #windowMs: number
  readonly #minBytes: number
  readonly #bodies = new Map<WatchedBody, Progress>()
  #timer: NodeJS.Timeout | undefined

  constructor(init: { readonly windowMs: number; readonly minBytes: number }) {
    this.#windowMs = init.windowMs
    this.#minBytes = init.minBytes
  }

  /** Watches the body of a request until it has arrived or its connection is gone. */
  add(request: WatchedBody): void {
    if (!request.hasBody()) return
    this.#bodies.set(request, { bytes: 0, startedAt: performance.now() })
    request.onArrival = this
    this.#timer ??= setInterval(() => this.#check(), Math.max(10, this.#windowMs / 12)).unref()
  }

  /** To be told of each chunk; null is the end. */
  arrived(request: WatchedBody, chunk: Uint8Array | null): void {
    if (chunk === null) {
      this.#bodies.delete(request)
      return
    }
    const progress = this.#bodies.get(request)
    if (progress !== undefined) progress.bytes += chunk.length
  }

  /** Stops watching. */
  close(): void {
    this.#bodies.clear()
    this.#stopTimer()
  }

  #check(): void {
    if (this.#bodies.size === 0) this.#stopTimer()
    const now = performance.now()
    for (const [request, progress] of this.#bodies) {
      const isWaitingForClient = request.readableFlowing !== null && request.readableLength === 0
      if (request.destroyed) this.#bodies.delete(request)
      else if (!isWaitingForClient || progress.bytes >= this.#minBytes) {
        progress.bytes = 0
        progress.startedAt = now
      } else if (now - progress.startedAt >= this.#windowMs) {
        this.#bodies.delete(request)
        request.cutOff()
      }
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** Looks at the raw fields: Node makes its object of headers only for those who ask for it. */
function announcesBody({ rawHeaders }: IncomingMessage): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    // The lengths of the two names.
    if (name.length !== 14 && name.length !== 17) continue
    const lower = name.toLowerCase()
    if (lower === 'transfer-encoding' || (lower === 'content-length' && rawHeaders[index + 1] !== '0')) return true
  }
  return false
}
