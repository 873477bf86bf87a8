import { HTTP_DEFAULTS } from '@pubky/server-kit'
import { bytesTaken, cutOff, isGone, type WireResponse } from './wire.ts'

/** How long a reader may take nothing: long enough for a player that is paused to go on where it was. */
const PATIENCE_MS = 120_000
/** How long when there are many of them, and what counts as nothing: as for uploads. */
const CROWDED_PATIENCE_MS = HTTP_DEFAULTS.bodyWindowMs
const LEAST_BYTES = HTTP_DEFAULTS.minBodyBytes
/** So many such readers of one client, or of all clients together, are not many. */
const FEW_OF_CLIENT = 8
const FEW_IN_ALL = 100
const CHECK_MS = 1_000

interface Wait {
  readonly client: string
  /** When it last took something, and how much it had taken by then. */
  since: number
  taken: number
  /** Resolves when the response can take more, or is closed. */
  readonly over: Promise<void>
}

/**
 * The answers that wait for their readers (design/reliability.md H2). One that takes nothing, or next to nothing, is
 * waited for, but not for ever, and much shorter while many do the same: then it is rather an attack than a pause.
 */
export class WaitingReaders implements Disposable {
  readonly #waits = new Map<WireResponse, Wait>()
  #timer: NodeJS.Timeout | undefined

  /**
   * Resolves when a response can take more, or is closed.
   * @param client key of whoever reads
   */
  drained(response: WireResponse, client: string): Promise<void> {
    if (isGone(response) || !response.writableNeedDrain) return Promise.resolve()
    return this.#wait(response, client)
  }

  /** Watches what an ended response still has to hand over. */
  ended(response: WireResponse, client: string): void {
    if (response.writableLength > 0) void this.#wait(response, client)
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    this.#waits.clear()
    this.#stopTimer()
  }

  #wait(response: WireResponse, client: string): Promise<void> {
    const earlier = this.#waits.get(response)
    if (earlier !== undefined) return earlier.over
    const over = new Promise<void>((resolve) => {
      const settle = (): void => {
        response.off('drain', settle)
        response.off('close', settle)
        this.#waits.delete(response)
        resolve()
      }
      response.on('drain', settle)
      response.on('close', settle)
    })
    this.#waits.set(response, { client, since: performance.now(), taken: bytesTaken(response), over })
    this.#timer ??= setInterval(() => this.#check(), CHECK_MS).unref()
    return over
  }

  #check(): void {
    if (this.#waits.size === 0) this.#stopTimer()
    const now = performance.now()
    for (const [response, wait] of this.#waits) {
      const taken = bytesTaken(response)
      if (taken < wait.taken + LEAST_BYTES) continue
      wait.taken = taken
      wait.since = now
    }
    const late = [...this.#waits].filter(([, { since }]) => now - since >= CROWDED_PATIENCE_MS)
    const ofClients = new Map<string, number>()
    for (const [, { client }] of late) ofClients.set(client, (ofClients.get(client) ?? 0) + 1)
    for (const [response, { client, since }] of late) {
      const areMany = late.length > FEW_IN_ALL || (ofClients.get(client) ?? 0) > FEW_OF_CLIENT
      if (areMany || now - since >= PATIENCE_MS) cutOff(response)
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
