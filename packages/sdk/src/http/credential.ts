/** Sends one request with the given additional headers and answers with its response. */
export type Dispatch = (headers: Readonly<Record<string, string>>) => Promise<Response>

/** What proves to a homeserver who is asking: a session's cookie or bearer. */
export interface Credential {
  /**
   * Whether cookies may go with it. A bearer that the server does not take any more must not be replaced by a cookie of
   * the same user, which may allow more.
   */
  readonly credentials: NonNullable<RequestInit['credentials']>
  /**
   * Runs `dispatch` with the headers that authenticate the request; renews what has run out before. May run it a
   * second time when the server refused the credential and `replayable` says that the body can be sent again.
   */
  authorize(dispatch: Dispatch, replayable: boolean, signal: AbortSignal | undefined): Promise<Response>
}
