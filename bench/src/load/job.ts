/** What one load run does; travels to the load process by structured clone. */
export interface LoadJob {
  readonly port: number
  /** Sockets kept open, one request in flight on each. */
  readonly connections: number
  readonly seconds: number
  readonly requests: RequestSource
  /** The only status that counts; any other makes the run void. */
  readonly status: number
  /** Compared with the whole body of one answer in a hundred; absent = bodies are not compared. */
  readonly body?: Uint8Array
  /** True for answers that carry a Content-Length but no body (HEAD). */
  readonly bodiless?: boolean
}

/** Complete HTTP/1.1 requests, built before the clock starts. */
export type RequestSource =
  | { readonly kind: 'cycle'; readonly requests: readonly Uint8Array[] }
  | { readonly kind: 'random'; readonly requests: readonly Uint8Array[] }
  /** `before` + a number never used before (12 digits) + `after`: a fresh path for every request. */
  | { readonly kind: 'numbered'; readonly before: Uint8Array; readonly after: Uint8Array; readonly first: number }

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Milliseconds at the 50th, 99th and 99.9th percentile. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Bodies compared byte by byte. */
  readonly verified: number
  /** CPU seconds of the load process itself: near `seconds` means the client was the limit. */
  readonly clientCpu: number
}
