/** An answer of the relay, before CORS and transport headers. */
export interface Reply {
  readonly status: number
  readonly body: Uint8Array | string
  /** `undefined`: the answer has no content type. */
  readonly contentType: string | undefined
  /** Extra header fields, lower-case. */
  readonly headers: Readonly<Record<string, string>>
}

/** Every body without a content type of its own is sent as this, empty bodies and texts included (spec 06 §3.2). */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream'
const TEXT = 'text/plain; charset=utf-8'

/** Marks answers of `/link`. */
const DEPRECATED = { deprecation: 'true' } as const

/** An answer with {@link DEFAULT_CONTENT_TYPE}. */
export function reply(status: number, body: Uint8Array | string = '', headers: Record<string, string> = {}): Reply {
  return { status, body, contentType: DEFAULT_CONTENT_TYPE, headers }
}

/** An answer of the router itself: no body, no content type. */
export function bare(status: number, headers: Record<string, string> = {}): Reply {
  return { status, body: '', contentType: undefined, headers }
}

/** A plain-text answer that upstream's framework makes. */
export function text(status: number, body: string): Reply {
  return { status, body, contentType: TEXT, headers: {} }
}

export const NOT_FOUND = reply(404, 'Not found')
export const EXPIRED = reply(404, 'Entry expired')
export const TIMED_OUT = reply(408, 'Request timed out')
export const TOO_MANY_WAITERS = reply(503, 'Too many concurrent requests')
export const STORE_FAILED = reply(500, 'Failed to store message')
export const TOO_LARGE = text(413, 'Failed to buffer the request body: length limit exceeded')
export const BAD_ID = text(400, 'Invalid URL: Invalid UTF-8 in `id`')

/** The same answer with the mark of `/link`. */
export function deprecated(answer: Reply): Reply {
  return { ...answer, headers: { ...answer.headers, ...DEPRECATED } }
}
