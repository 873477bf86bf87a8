/** What one load run does; travels to the load process by structured clone. */
export interface LoadJob {
  readonly port: number
  /** Sockets kept open, one request in flight on each. */
  readonly connections: number
  readonly source: RequestSource
  /** Number of the first request; a run that goes on where another one ended starts behind its last. */
  readonly first: number
  /** The run ends after this time or this many requests, whichever is given and comes first. */
  readonly seconds?: number
  readonly requests?: number
  /** Requests a second, sent on time whatever the server does; left out: each socket sends as soon as it can. */
  readonly rate?: number
}

/** Which request is sent as number n. All are built before the clock starts. */
export type RequestSource =
  /** One after the other, from the start again at the end. */
  | { readonly kind: 'cycle'; readonly requests: readonly Uint8Array[]; readonly answer: ExpectedAnswer }
  /** `before`, a number as 12 digits, `after`: another path for every request. */
  | {
      readonly kind: 'numbered'
      readonly before: Uint8Array
      readonly after: Uint8Array
      readonly answer: ExpectedAnswer
      /** Draws any number below this one, instead of counting. */
      readonly among?: number
      /** Whether `-` and the time the request was due follow the number, as 16 digits of microseconds. */
      readonly isStamped?: boolean
    }
  /** Of every `period` requests one is of `seldom`; latencies are those of `often`. */
  | {
      readonly kind: 'mixed'
      readonly period: number
      readonly seldom: Exclude<RequestSource, { readonly kind: 'mixed' }>
      readonly often: Exclude<RequestSource, { readonly kind: 'mixed' }>
    }

/** What must come back; anything else makes the run void. */
export interface ExpectedAnswer {
  readonly status: number | 'any'
  /** Compared with the whole body of one answer in a hundred; absent = bodies are not compared. */
  readonly body?: Uint8Array
  /** True for answers that carry a Content-Length but no body (HEAD). */
  readonly isBodiless?: boolean
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /**
   * Milliseconds at the 50th, 99th and 99.9th percentile, from when the request was sent; at a fixed rate, from when it
   * was due.
   */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Bodies compared byte by byte. */
  readonly verified: number
  /** CPU seconds of the load process itself: near `seconds` means the client was the limit. */
  readonly clientCpu: number
}

/** One answer as it came. */
export interface RawAnswer {
  readonly status: number
  /** Name, value, name, value …, names in lower case. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}
