import type { ClientIdentity } from '@pubky/server-kit'
import { boundDrain } from './drain.ts'
import { type HttpError, TEXT } from './http-error.ts'
import type { WaitingReaders } from './waiting-readers.ts'
import {
  allFields,
  cutOff,
  firstField,
  hostOf,
  isGone,
  type WireRequest,
  type WireResponse,
  wasGivenUp,
  writeHead,
} from './wire.ts'

/** A body that is metered, or whose reader only shows at the end of a piece that it takes any, goes out in such pieces. */
const PIECE = 16_384

/** For work that ends by itself in no time, and must not be given up half-way. */
export const NEVER: AbortSignal = new AbortController().signal

/** Header fields as they are sent: name, value, name, value … */
export type Fields = readonly string[]

/** What happens to every answer of a handler before it leaves, e.g. the cache rules of private paths. */
export type AnswerPolicy = (status: number, fields: Fields) => Fields

/** Told of an answer when its head goes out. */
export type AnswerListener = (exchange: Exchange, status: number) => void

/** Meters a body: resolves when that many bytes may pass. */
export type Throttle = (bytes: number) => Promise<void> | void

/**
 * One request and its answer. The parts that every route needs are parsed once, from the raw request target: URL
 * classes would repair what must be refused (spec 02 §19 item 1). An answer is one call of {@link send} or
 * {@link begin}; whatever the pipeline added (CORS, cache policy) goes out with it.
 */
export class Exchange {
  readonly request: WireRequest
  readonly response: WireResponse
  readonly method: string
  /** Raw path: undecoded, without query. */
  readonly path: string
  /** Raw query without `?`; empty when there is none. */
  readonly query: string
  readonly client: ClientIdentity | undefined
  readonly #readers: WaitingReaders

  /** Fields that every answer carries, e.g. CORS; set by the pipeline. */
  commonFields: Fields = []
  /** Set by the pipeline for routes with a cache policy. */
  policy: AnswerPolicy | undefined
  /** Set when the caller's bandwidth is limited; meters request and response body. */
  throttle: Throttle | undefined
  /** Path template of the route that matched. */
  route = ''
  /** The raw value of the route's path parameter, undecoded. */
  parameter = ''
  /** For metrics and the log. */
  onAnswer: AnswerListener | undefined

  /** @param readers whom every answer that is not taken is reported to */
  constructor(
    request: WireRequest,
    response: WireResponse,
    client: ClientIdentity | undefined,
    readers: WaitingReaders,
  ) {
    const target = request.url ?? '/'
    const mark = target.indexOf('?')
    this.request = request
    this.response = response
    this.client = client
    this.#readers = readers
    this.method = request.method ?? 'GET'
    this.path = mark < 0 ? target : target.slice(0, mark)
    this.query = mark < 0 ? '' : target.slice(mark + 1)
  }

  /** First field of that name (lower case). */
  header(name: string): string | undefined {
    return firstField(this.request, name)
  }

  /** Values of all fields of that name (lower case). */
  headers(name: string): readonly string[] {
    return allFields(this.request, name)
  }

  get host(): string | undefined {
    return hostOf(this.request)
  }

  get isHead(): boolean {
    return this.method === 'HEAD'
  }

  /** Whether the answer has begun. */
  get isAnswered(): boolean {
    return this.response.headersSent
  }

  /** Aborted when the client goes away before the answer is complete. */
  abortSignal(): AbortSignal {
    const gone = new AbortController()
    if (isGone(this.response) || this.response.writableFinished) gone.abort()
    else {
      this.response.once('close', () => {
        if (wasGivenUp(this.response)) gone.abort()
      })
    }
    return gone.signal
  }

  /** The whole answer. A body sent to HEAD is only measured. */
  send(status: number, fields: Fields, body: string | Uint8Array = ''): void {
    const hasNoBody = status === 204 || status === 304
    this.#head(status, hasNoBody ? fields : [...fields, 'content-length', String(Buffer.byteLength(body))])
    this.#end(body, 'utf8')
  }

  /** As {@link send}, for fields that already hold the length; a text has one byte per character. */
  sendReady(status: number, fields: Fields, body: string | Uint8Array): void {
    this.#head(status, fields)
    this.#end(body, 'latin1')
  }

  /** Status and fields of an answer whose body the caller writes to `response`. */
  begin(status: number, fields: Fields): void {
    this.#head(status, fields)
  }

  /** Resolves when the response can take more of the body, or is closed. */
  drained(): Promise<void> {
    return this.#readers.drained(this.response, this.client?.key ?? '')
  }

  /** Ends a body that was begun. */
  end(): void {
    this.response.end()
    this.#readers.ended(this.response, this.client?.key ?? '')
  }

  text(status: number, body: string, fields: Fields = []): void {
    this.send(status, ['content-type', TEXT, ...fields], body)
  }

  json(status: number, value: unknown, fields: Fields = []): void {
    this.send(status, ['content-type', 'application/json', ...fields], JSON.stringify(value))
  }

  empty(status: number, fields: Fields = []): void {
    this.send(status, fields)
  }

  /** Answers with the refusal; once the answer has begun there is only one way left to say no. */
  refuse(error: HttpError): void {
    if (this.isAnswered) {
      cutOff(this.response)
      return
    }
    const type = error.contentType === null || error.message === '' ? [] : ['content-type', error.contentType]
    this.send(error.status, [...type, ...error.headers], error.message)
  }

  #head(status: number, fields: Fields): void {
    const own = this.policy === undefined ? fields : this.policy(status, fields)
    this.onAnswer?.(this, status)
    if (this.request.httpVersionMajor === 1) boundDrain(this.request, this.response)
    writeHead(this.response, status, [...own, ...this.commonFields])
  }

  /** Node sends head and text as one piece, but head and bytes as two. */
  #end(body: string | Uint8Array, encoding: 'utf8' | 'latin1'): void {
    if (this.isHead || body.length === 0) this.response.end()
    else if (this.throttle !== undefined || (body.length > PIECE && this.request.httpVersionMajor === 2)) {
      void this.#sendInPieces(typeof body === 'string' ? Buffer.from(body, encoding) : body)
    } else {
      if (typeof body === 'string') this.response.end(body, encoding)
      else this.response.end(body)
      this.#readers.ended(this.response, this.client?.key ?? '')
    }
  }

  async #sendInPieces(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length && !isGone(this.response); start += PIECE) {
      const piece = bytes.subarray(start, start + PIECE)
      await this.throttle?.(piece.length)
      if (!this.response.write(piece)) await this.drained()
    }
    this.end()
  }
}
