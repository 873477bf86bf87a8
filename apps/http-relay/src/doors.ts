import type { Message } from './entry.ts'
import type { AcknowledgementOutcome, Mailbox, WaitOptions, WaitOutcome } from './mailbox.ts'
import {
  DEFAULT_CONTENT_TYPE,
  deprecated,
  EXPIRED,
  NOT_FOUND,
  type Reply,
  reply,
  STORE_FAILED,
  TIMED_OUT,
  TOO_MANY_WAITERS,
} from './reply.ts'

/** How long waits and entries last, in milliseconds. */
export interface Durations {
  readonly linkTimeoutMs: number
  readonly inboxTimeoutMs: number
  readonly inboxTtlMs: number
}

/** What happens behind each door once a request has been checked (spec 06 §4.2–§4.8). */
export class Doors {
  readonly #mailbox: Mailbox
  readonly #durations: Durations
  readonly #onStoreError: (error: unknown) => void

  constructor(components: {
    readonly mailbox: Mailbox
    readonly durations: Durations
    readonly onStoreError: (error: unknown) => void
  }) {
    this.#mailbox = components.mailbox
    this.#durations = components.durations
    this.#onStoreError = components.onStoreError
  }

  /** `POST /inbox/{id}` */
  async postInbox(id: string, message: Message): Promise<Reply> {
    return (await this.#store(id, message, this.#durations.inboxTtlMs)) ? reply(200) : STORE_FAILED
  }

  /** `GET /inbox/{id}` */
  async getInbox(id: string, signal: AbortSignal): Promise<Reply> {
    return messageReply(await this.#mailbox.read(id, this.#inboxWait(signal)))
  }

  /** `DELETE /inbox/{id}` */
  async deleteInbox(id: string): Promise<Reply> {
    try {
      return (await this.#mailbox.acknowledge(id)) ? reply(200) : NOT_FOUND
    } catch (error) {
      this.#onStoreError(error)
      return STORE_FAILED
    }
  }

  /** `GET /inbox/{id}/ack` */
  isAcknowledged(id: string): Reply {
    const isAcknowledged = this.#mailbox.isAcknowledged(id)
    return isAcknowledged === undefined ? NOT_FOUND : reply(200, String(isAcknowledged))
  }

  /** `GET /inbox/{id}/await` */
  async awaitAcknowledgement(id: string, signal: AbortSignal): Promise<Reply> {
    return acknowledgementReply(await this.#mailbox.awaitAcknowledgement(id, this.#inboxWait(signal)), NOT_FOUND)
  }

  /** `GET /link/{id}`: acknowledges before the answer is delivered, as upstream does. */
  async getLink(id: string, signal: AbortSignal): Promise<Reply> {
    const outcome = await this.#mailbox.read(id, this.#linkWait(signal))
    if (outcome.kind !== 'told') return messageReply(outcome)
    await this.#mailbox.acknowledge(id).catch(this.#onStoreError)
    return deprecated(messageReply(outcome))
  }

  /** `HEAD /link/{id}`: as GET, but leaves the message for a reader that wants its bytes. */
  async headLink(id: string, signal: AbortSignal): Promise<Reply> {
    const outcome = await this.#mailbox.read(id, this.#linkWait(signal))
    const answer = messageReply(outcome)
    return outcome.kind === 'told' ? deprecated(answer) : answer
  }

  /** `POST /link/{id}`: stores, then waits until somebody acknowledges. */
  async postLink(id: string, message: Message, signal: AbortSignal): Promise<Reply> {
    // Waiting starts in the same step as the store, so that no acknowledgement in between is missed.
    const stored = this.#store(id, message, this.#durations.linkTimeoutMs)
    const acknowledged = this.#mailbox.awaitAcknowledgement(id, this.#linkWait(signal))
    if (!(await stored)) return STORE_FAILED
    const outcome = await acknowledged
    if (outcome.kind === 'missing') return reply(503, 'Server at capacity')
    const answer = acknowledgementReply(outcome, EXPIRED)
    return outcome.kind === 'full' ? answer : deprecated(answer)
  }

  async #store(id: string, message: Message, ttlMs: number): Promise<boolean> {
    try {
      await this.#mailbox.post(id, message, ttlMs)
      return true
    } catch (error) {
      this.#onStoreError(error)
      return false
    }
  }

  #inboxWait(signal: AbortSignal): WaitOptions {
    return { timeoutMs: this.#durations.inboxTimeoutMs, signal }
  }

  #linkWait(signal: AbortSignal): WaitOptions {
    return { timeoutMs: this.#durations.linkTimeoutMs, signal }
  }
}

/** Whoever sends a message chooses its type: a page made of one has no part in the origin of the relay. */
const MESSAGE_HEADERS = { 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' }

function messageReply(outcome: WaitOutcome<Message>): Reply {
  if (outcome.kind !== 'told') return refusal(outcome.kind, EXPIRED)
  const { body, contentType } = outcome.value
  return { status: 200, body, contentType: contentType ?? DEFAULT_CONTENT_TYPE, headers: MESSAGE_HEADERS }
}

function acknowledgementReply(outcome: AcknowledgementOutcome, dropped: Reply): Reply {
  return outcome.kind === 'told' ? reply(200) : refusal(outcome.kind, dropped)
}

/** A wait that is cancelled because the server stops looks like one that timed out: the client polls again. */
function refusal(kind: 'full' | 'missing' | 'dropped' | 'timeout' | 'cancelled', dropped: Reply): Reply {
  if (kind === 'full') return TOO_MANY_WAITERS
  if (kind === 'missing') return NOT_FOUND
  return kind === 'dropped' ? dropped : TIMED_OUT
}
