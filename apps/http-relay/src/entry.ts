/** A message under an id, as every door of the relay sees it (spec 06 §4.1). Times are milliseconds since the epoch. */
export interface Entry {
  readonly id: string
  /** `null` once acknowledged; an entry whose body is `null` is an acknowledged one. */
  readonly body: Uint8Array | null
  /** The producer's `Content-Type`, or `null`. */
  readonly contentType: string | null
  readonly expiresAt: number
  readonly createdAt: number
}

/** What a reader gets. */
export interface Message {
  readonly body: Uint8Array
  readonly contentType: string | null
}
