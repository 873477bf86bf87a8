import { clientStateError } from '../errors/client-state.ts'
import type { ClientCore } from '../http/client-core.ts'
import { anySignal } from '../http/sleep.ts'
import type { RelayLink } from './relay-poll.ts'

/** What keeps a flow from waiting for ever; both are ours. */
export interface FlowLimits {
  /** Ends the flow; what waits for it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which the flow ends by itself. */
  readonly timeoutMs?: number | undefined
}

type State = 'waiting' | 'polling' | 'taken' | 'completed'

/**
 * The answer a flow waits for: one background task per flow, one result, handed out once (spec 05 §2.12). The relay is
 * told that the message was used only after the caller has made something of it.
 */
export class ApprovalWait<T extends object> {
  readonly #flowName: string
  readonly #core: ClientCore
  readonly #link: RelayLink
  readonly #abort = new AbortController()
  readonly #answer: Promise<T>
  #arrived: { readonly value: T } | { readonly error: unknown } | undefined
  #state: State = 'waiting'

  constructor(init: {
    readonly flowName: string
    readonly core: ClientCore
    readonly link: RelayLink
    readonly open: (message: Uint8Array) => Promise<T | undefined>
    readonly limits: FlowLimits
  }) {
    this.#flowName = init.flowName
    this.#core = init.core
    this.#link = init.link
    const { signal, timeoutMs } = init.limits
    const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
    const until = anySignal(this.#abort.signal, signal, deadline, init.core.signal) ?? this.#abort.signal
    this.#answer = import('../later.ts').then(({ pollRelay }) => pollRelay(init.core, init.link, init.open, until))
    this.#answer.then(
      (value) => {
        this.#arrived = { value }
      },
      (error: unknown) => {
        this.#arrived = { error }
      },
    )
  }

  /** Waits for the answer and makes the result of it. Can be called once, whatever comes of it. */
  async take<R>(method: string, use: (answer: T) => Promise<R>): Promise<R> {
    if (this.#state === 'polling') throw this.#inFlight(method)
    if (this.#state === 'completed') throw this.#alreadyCompleted()
    if (this.#state === 'taken') {
      throw clientStateError(`${this.#flowName}.${method}() was already called; create a new ${this.#flowName}.`)
    }
    this.#state = 'taken'
    return await this.#finish(await this.#answer, use)
  }

  /** The result if the answer is there, else undefined. An answer is used up by this as by {@link take}. */
  async tryTake<R>(method: string, use: (answer: T) => Promise<R>): Promise<R | undefined> {
    if (this.#state === 'polling') throw this.#inFlight(method)
    if (this.#state !== 'waiting') throw this.#alreadyCompleted()
    this.#state = 'polling'
    // Others must be able to see that a call is in flight, even when the answer is already here.
    await Promise.resolve()
    const arrived = this.#arrived
    if (arrived === undefined) {
      await Promise.resolve()
      this.#state = 'waiting'
      return undefined
    }
    try {
      if ('error' in arrived) throw arrived.error
      return await this.#finish(arrived.value, use)
    } finally {
      this.#state = 'completed'
    }
  }

  /** Stops waiting at once. */
  stop(): void {
    this.#abort.abort(clientStateError(`${this.#flowName} was freed`))
  }

  async #finish<R>(answer: T, use: (answer: T) => Promise<R>): Promise<R> {
    const result = await use(answer)
    const { acknowledge } = await import('../later.ts')
    await acknowledge(this.#core, this.#link)
    return result
  }

  #inFlight(method: string): Error {
    return clientStateError(`${this.#flowName}.${method}() cannot run while another call is in-flight.`)
  }

  #alreadyCompleted(): Error {
    return clientStateError(`${this.#flowName} has already completed; start a new flow for another login.`)
  }
}
