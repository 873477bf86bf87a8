import { authorizeRead } from '../accounts/authorize.ts'
import type { Revocations } from '../accounts/revocations.ts'
import type { Session } from '../accounts/session.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { Users } from '../accounts/users.ts'
import { HomeserverError } from '../error.ts'
import type { Store, UserId } from '../store/store.ts'
import { resolveCursor } from './cursor.ts'
import type { LiveHub } from './live-hub.ts'
import { paced } from './paced-log.ts'
import { PathFilter } from './path-filter.ts'
import { type StreamEnd, type StreamLog, type StreamPlan, StreamRun, type StreamSink } from './stream-run.ts'

export type { StreamEnd, StreamSink } from './stream-run.ts'

/** A parsed `GET /events-stream` of a user (spec 02 §11.3) after shape checks (rows 1–7 of §11.3.2). */
export interface StreamRequest {
  /** In query order, canonical z32; of a user named repeatedly the last cursor counts. */
  readonly users: readonly { readonly user: string; readonly cursor: string | undefined }[]
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

/** A checked stream: the answer can be 200 now. */
export interface EventStream {
  /**
   * Sends history, then live events, until the stream ends or `signal` fires; resolves with the reason and never
   * rejects. The caller then closes the connection.
   */
  run(sink: StreamSink, signal: AbortSignal): Promise<StreamEnd>
}

/** Event streams: history without gap into live, filters, revocation, slow readers (spec 02 §11.3). */
export class EventStreams implements Disposable {
  readonly #store: Store
  readonly #log: StreamLog
  readonly #hub: LiveHub
  readonly #users: Users
  readonly #sessions: Sessions
  readonly #revocations: Revocations
  readonly #maxStreams: number
  readonly #running = new Set<StreamRun>()
  #isClosed: boolean = false

  constructor(
    components: {
      readonly store: Store
      readonly hub: LiveHub
      readonly users: Users
      readonly sessions: Sessions
      readonly revocations: Revocations
    },
    init: { readonly maxStreams: number; readonly onHistoryRead?: ((ms: number) => void) | undefined },
  ) {
    this.#store = components.store
    this.#log = paced(components.store, init.onHistoryRead)
    this.#hub = components.hub
    this.#users = components.users
    this.#sessions = components.sessions
    this.#revocations = components.revocations
    this.#maxStreams = init.maxStreams
  }

  /** Streams running now. */
  get active(): number {
    return this.#running.size
  }

  /**
   * Rows 8–12 of spec 02 §11.3.2.
   * @throws HomeserverError read authorisation codes, `streams-unavailable`, `too-many-streams`, recheck codes of
   *   {@link Sessions.recheck}, `user-unknown`, `cursor-invalid`
   */
  async open(request: StreamRequest): Promise<EventStream> {
    const { session, users } = request
    const paths = request.paths.length === 0 ? ['/pub/'] : request.paths
    const tenant = users[0]?.user
    for (const path of paths) authorizeRead(session, tenant, path, users.length)
    const isPrivate = paths.some((path) => !path.startsWith('/pub/'))
    if (isPrivate && !this.#store.isInformed) {
      throw new HomeserverError('streams-unavailable', 'Private event streams are temporarily unavailable')
    }
    this.#requireRoom()
    // Watched from before the check, so that a revocation in between is not missed.
    const guard = isPrivate && session !== undefined ? new Guard(this.#revocations, session) : undefined
    try {
      if (isPrivate && session !== undefined) await this.#sessions.recheck(session)
      const cursors: StreamPlan['cursors'] = new Map()
      for (const { user, cursor } of users) {
        const { id } = await this.#users.get(user)
        cursors.set(id, cursor === undefined ? undefined : await resolveCursor(this.#store, cursor))
      }
      const { limit, reverse, live } = request
      const filter = request.paths.length === 0 ? PathFilter.publicPaths : new PathFilter(paths)
      const isRevoked =
        guard === undefined || session === undefined ? undefined : () => this.#sessions.isRevoked(session)
      return this.#prepare(
        { users: users.map(({ user }) => user), cursors, filter, limit, reverse, live, isRevoked },
        guard,
      )
    } catch (error) {
      guard?.release()
      throw error
    }
  }

  /** @throws HomeserverError `user-unknown`, `cursor-invalid`, `too-many-streams` */
  async openForOperator(request: OperatorStreamRequest): Promise<EventStream> {
    const { limit, reverse, live } = request
    this.#requireRoom()
    const users = request.users.length === 0 ? undefined : request.users
    const ids: (UserId | undefined)[] = []
    for (const user of users ?? []) ids.push((await this.#users.get(user)).id)
    const hasCursor = request.cursor !== undefined && request.cursor !== ''
    const cursor = hasCursor ? await resolveCursor(this.#store, request.cursor ?? '') : undefined
    const cursors: StreamPlan['cursors'] = new Map((users === undefined ? [undefined] : ids).map((id) => [id, cursor]))
    return this.#prepare(
      { users, cursors, filter: new PathFilter(request.paths), limit, reverse, live, isRevoked: undefined },
      undefined,
    )
  }

  /** Ends all streams; their readers come back with their cursors. */
  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const run of this.#running) run.stop('closed')
  }

  #prepare(plan: StreamPlan, guard: Guard | undefined): EventStream {
    return {
      run: async (sink, signal) => {
        const run = new StreamRun(this.#log, this.#hub, plan, sink)
        const onAbort = () => run.stop('client')
        signal.addEventListener('abort', onAbort, { once: true })
        if (signal.aborted) run.stop('client')
        if (this.#isClosed) run.stop('closed')
        guard?.onRevoked(() => run.stop('revoked'))
        this.#running.add(run)
        try {
          return await run.run()
        } finally {
          this.#running.delete(run)
          signal.removeEventListener('abort', onAbort)
          guard?.release()
        }
      },
    }
  }

  #requireRoom(): void {
    if (this.#running.size < this.#maxStreams) return
    throw new HomeserverError('too-many-streams', 'Too many event streams', { retryAfterSeconds: 5 })
  }
}

/** Watches the credential that opened a private stream. */
class Guard {
  readonly #releases: readonly (() => void)[]
  #isRevoked: boolean = false
  #listener: (() => void) | undefined

  constructor(revocations: Revocations, session: Session) {
    const onRevoked = () => {
      this.#isRevoked = true
      this.#listener?.()
    }
    this.#releases = [
      revocations.watch(
        session.kind === 'cookie'
          ? { kind: 'cookie', sessionId: session.id }
          : { kind: 'grant', grantId: session.grant.id },
        onRevoked,
      ),
      revocations.watch({ kind: 'user', userId: session.userId }, onRevoked),
    ]
  }

  /** Calls `listener` at the revocation, at once if it has happened. */
  onRevoked(listener: () => void): void {
    this.#listener = listener
    if (this.#isRevoked) listener()
  }

  release(): void {
    for (const release of this.#releases) release()
  }
}
