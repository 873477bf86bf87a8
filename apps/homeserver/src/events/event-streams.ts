import type { Session } from '../accounts/session.ts'

/** Where a stream writes: a socket, in effect, without knowing HTTP. */
export interface StreamSink {
  /** Takes frames to send. */
  send(frames: Uint8Array): void
  /** Bytes taken and not yet on the wire. */
  readonly pendingBytes: number
  /** Resolves when {@link pendingBytes} is low again, or the sink is gone. */
  drained(): Promise<void>
}

/** A parsed `GET /events-stream` of a user (spec 02 §11.3) after shape checks (rows 1–6 of §11.3.2). */
export interface StreamRequest {
  /** In query order; a repeated user is listed once with its last cursor. Canonical z32. */
  readonly users: readonly { readonly user: string; readonly cursor: string | undefined }[]
  /** How many `user` values the query had (duplicates count). */
  readonly userValues: number
  /** Normalised paths; empty = `/pub/`. */
  readonly paths: readonly string[]
  readonly limit: number | undefined
  readonly reverse: boolean
  readonly live: boolean
  readonly session: Session | undefined
}

/** The operator's stream over everybody and all roots (spec 03 §2.10). */
export interface OperatorStreamRequest {
  /** Empty = all users. */
  readonly users: readonly string[]
  readonly cursor: string | undefined
  readonly paths: readonly string[]
  readonly limit: number | undefined
  readonly reverse: boolean
  readonly live: boolean
}

/** Why a stream ended. */
export type StreamEnd = 'complete' | 'limit' | 'slow' | 'revoked' | 'client' | 'closed' | 'failed'

/** A checked stream: the answer can be 200 now. */
export interface EventStream {
  /**
   * Sends history, then live events, until the stream ends or `signal` fires; resolves with the reason and never
   * rejects. The caller then closes the connection.
   */
  run(sink: StreamSink, signal: AbortSignal): Promise<StreamEnd>
}

/** Event streams: history without gap into live, filters, revocation, slow readers (spec 02 §11.3). */
export class EventStreams {
  /** Streams running now. */
  get active(): number {
    throw new Error('being written')
  }

  /**
   * Rows 8–12 of spec 02 §11.3.2.
   * @throws HomeserverError read authorisation codes, `streams-unavailable`, `too-many-streams`, recheck codes of
   *   {@link Sessions.recheck}, `user-unknown`, `cursor-invalid`
   */
  open(_request: StreamRequest): Promise<EventStream> {
    throw new Error('being written')
  }

  /** @throws HomeserverError `user-unknown`, `cursor-invalid`, `too-many-streams` */
  openForOperator(_request: OperatorStreamRequest): Promise<EventStream> {
    throw new Error('being written')
  }
}
