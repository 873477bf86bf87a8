/**
 * An answer that refuses a request: status, bare text body and headers (spec 02 §13.1). Thrown by the HTTP layer
 * itself; the layers below throw `HomeserverError`, which `error-answers.ts` turns into one of these.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  /** Header fields beyond the content type: name, value, name, value … */
  readonly headers: readonly string[]
  /** `null`: no `Content-Type` at all. */
  readonly contentType: string | null

  /** @param message the body, byte for byte */
  constructor(
    status: number,
    message: string,
    options: {
      readonly headers?: readonly string[]
      readonly contentType?: string | null
      readonly cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.headers = options.headers ?? []
    this.contentType = options.contentType === undefined ? TEXT : options.contentType
  }
}

/** Content type of every plain answer. */
export const TEXT = 'text/plain; charset=utf-8'
