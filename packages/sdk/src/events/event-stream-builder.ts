import type { PublicKey as CryptoPublicKey } from '@pubky/crypto'
import { parseCursor } from '@pubky/protocol'
import type { Client } from '../client.ts'
import { invalidInput, invalidRequest } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { parseZ32 } from '../http/known-keys.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Session } from '../session/session.ts'
import type { Event } from './event.ts'
import { checkStreamRequest, MAX_STREAM_USERS, type StreamRequest } from './stream-request.ts'

/** Describes an event stream step by step, then opens it (spec 05 §9). Go on with the builder that a step returns. */
export class EventStreamBuilder extends Freeable {
  readonly #client: Client
  #request: StreamRequest

  /** @internal Use `pubky.eventStreamForUser` or `pubky.eventStreamFor`. */
  constructor(client: Client, request: StreamRequest) {
    super()
    this.#client = client
    this.#request = request
  }

  /**
   * Adds up to 50 users, each with the cursor to start after or null for the beginning, to this builder, as officially.
   * A user that is there already gets the new cursor. Throws `InvalidInput`, or `RequestError` for too many users.
   */
  addUsers(users: Array<[string, string | null]>): EventStreamBuilder {
    const all = new Map(this.#request.users)
    for (const [z32, user] of parseUsers(users)) all.set(z32, user)
    if (all.size > MAX_STREAM_USERS) throw invalidRequest('Cannot subscribe to more than 50 users')
    this.#request = { ...this.#request, users: all }
    return this
  }

  /** Most events to receive; 1–65535. */
  limit(limit: number): EventStreamBuilder {
    return this.#but({ limit })
  }

  /** After the past events, wait for new ones. */
  live(): EventStreamBuilder {
    return this.#but({ live: true })
  }

  /** Newest first; only past events. */
  reverse(): EventStreamBuilder {
    return this.#but({ reverse: true })
  }

  /** Only events of this file, or below this folder when it ends with `/`. May be repeated. Default `/pub/`. */
  path(path: string): EventStreamBuilder {
    return this.#but({ paths: [...this.#request.paths, path] })
  }

  /** Shows this session to the server, which private paths need. */
  session(session: Session): EventStreamBuilder {
    return this.#but({ session: session.credential })
  }

  /**
   * Makes this builder refuse events of more bytes than this (0.17), 1–4294967295. Throws `InvalidInput` for any other
   * number.
   */
  maxEventBytes(bytes: number): EventStreamBuilder {
    if (!Number.isInteger(bytes) || bytes <= 0 || bytes > 4_294_967_295) {
      const wanted = bytes === 0 ? 'greater than zero' : 'an integer of at most 32 bits'
      // The text is that of the official native SDK, the name that of the JavaScript one.
      throw invalidInput(`Request failed: Invalid request/URI: max_event_bytes must be ${wanted}`)
    }
    this.#request = { ...this.#request, maxEventBytes: bytes }
    return this
  }

  /** Ends the stream when `signal` aborts (ours). */
  signal(signal: AbortSignal): EventStreamBuilder {
    return this.#but({ signal })
  }

  /**
   * Opens the stream once. It ends when the server closes it and fails with `RequestError` when the connection breaks;
   * cancelling it closes the connection.
   */
  async subscribe(): Promise<ReadableStream<Event>> {
    checkStreamRequest(this.#request)
    const { subscribeEvents } = await import('../later.ts')
    return await subscribeEvents(this.#client, this.#request)
  }

  /**
   * Opens the stream and opens it again from the last cursor whenever it breaks, without gap or repetition (ours).
   * For `for await`; leaving the loop closes the connection.
   */
  follow(): AsyncIterable<Event> {
    checkStreamRequest(this.#request)
    return followLater(this.#client, this.#request)
  }

  #but(change: Partial<StreamRequest>): EventStreamBuilder {
    return new EventStreamBuilder(this.#client, { ...this.#request, ...change })
  }
}

async function* followLater(client: Client, request: StreamRequest): AsyncGenerator<Event, void> {
  const { followEvents } = await import('../later.ts')
  yield* followEvents(client, request)
}

/** A builder for one user's events, or for a homeserver whose users are still to be added. @internal */
export function eventStream(
  client: Client,
  start: { readonly homeserver?: PublicKey; readonly user?: readonly [PublicKey, string | null] },
): EventStreamBuilder {
  const users = start.user && parseUsers([[start.user[0].z32(), start.user[1]]])
  return new EventStreamBuilder(client, {
    homeserver: start.homeserver?.inner,
    users: new Map(users),
    limit: undefined,
    live: false,
    reverse: false,
    paths: [],
    session: undefined,
    maxEventBytes: undefined,
    signal: undefined,
  })
}

type ParsedUser = [z32: string, user: { readonly key: CryptoPublicKey; readonly cursor: string | null }]

/** Checks what may come from plain JavaScript. Throws `InvalidInput` with the official texts. */
function parseUsers(users: readonly unknown[]): ParsedUser[] {
  return users.map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw invalidInput('Each user entry must be a [PublicKey, cursor] tuple')
    }
    const [z32, cursor]: unknown[] = entry
    if (typeof z32 !== 'string') throw invalidInput('First element must be a z32 public key string')
    if (cursor != null && typeof cursor !== 'string') throw invalidInput('Cursor must be a string or null')
    const key = parseZ32(z32)
    if (key === undefined) throw invalidInput(`Invalid public key: ${z32}`)
    return [key.z32(), { key, cursor: cursor == null ? null : checkedCursor(cursor) }]
  })
}

function checkedCursor(cursor: string): string {
  try {
    return String(parseCursor(cursor))
  } catch (cause) {
    throw invalidInput(`Invalid cursor: ${cursor}`, cause)
  }
}
