import { PublicKey } from '@pubky/crypto'
import {
  homeserverOf,
  type PkarrClient,
  PkarrError,
  type RepublishOutcome,
  republish,
  type SignedPacket,
} from '@pubky/pkarr'
import type { Users } from '../accounts/users.ts'
import type { CoreLog } from '../core-log.ts'

/** Relays and DHT nodes limit rates: no faster than this (spec 03 §11, Better). */
const MIN_PACE_MS = 200
const FIRST_ROUND_MS = 60_000
const PAGE = 1000

type Page = Awaited<ReturnType<Users['list']>>

/** How many keys ended how, in one round. */
export type RoundSummary = Record<RepublishOutcome['kind'], number>

/**
 * Keeps the records of the users who name this server alive, round after round (spec 03 §11). Keys are spread over the
 * interval; users who have moved on are left alone.
 */
export class UserRecords implements AsyncDisposable {
  readonly #users: Pick<Users, 'list'>
  readonly #client: PkarrClient
  readonly #homeserver: PublicKey
  readonly #intervalMs: number
  readonly #minimumStoredNodes: number | undefined
  readonly #log: CoreLog
  readonly #onRound: (summary: RoundSummary) => void
  readonly #closing = new AbortController()
  #running: Promise<void> = Promise.resolve()

  /** @param init.intervalSeconds length of a round, at least 1800 */
  constructor(init: {
    readonly users: Pick<Users, 'list'>
    readonly client: PkarrClient
    readonly homeserver: PublicKey
    readonly intervalSeconds: number
    readonly minimumStoredNodes?: number
    readonly log: CoreLog
    /** Told what came of a round. */
    readonly onRound: (summary: RoundSummary) => void
  }) {
    this.#users = init.users
    this.#client = init.client
    this.#homeserver = init.homeserver
    this.#intervalMs = init.intervalSeconds * 1000
    this.#minimumStoredNodes = init.minimumStoredNodes
    this.#log = init.log
    this.#onRound = init.onRound
  }

  /** Starts the first round in a minute. */
  start(): void {
    this.#running = this.#run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  /** One round over all users, one key after the other. @param paceMs least time from one key to the next */
  async round(paceMs = MIN_PACE_MS): Promise<RoundSummary> {
    const summary: RoundSummary = { published: 0, skipped: 0, missing: 0, invalid: 0, failed: 0 }
    const { signal } = this.#closing
    let page: Page | undefined = await this.#page(undefined)
    while (page !== undefined) {
      // Read ahead: when a page is done, the user at its end, behind whom the next one starts, may be gone.
      const next: Page | undefined = page.nextCursor === undefined ? undefined : await this.#page(page.nextCursor)
      for (const { publicKey } of page.items) {
        signal.throwIfAborted()
        const [outcome] = await Promise.all([this.#republish(PublicKey.fromZ32(publicKey)), pause(paceMs, signal)])
        summary[outcome.kind]++
      }
      page = next
    }
    return summary
  }

  #page(cursor: string | undefined): Promise<Page> {
    return this.#users.list({ state: 'all', sortBy: 'createdAt', reverse: false, limit: PAGE, cursor })
  }

  #republish(key: PublicKey): Promise<RepublishOutcome> {
    return republish(this.#client, key, {
      isWanted: (packet) => this.#namesUs(packet),
      signal: this.#closing.signal,
      ...(this.#minimumStoredNodes === undefined ? {} : { minimumStoredNodes: this.#minimumStoredNodes }),
    })
  }

  #namesUs(packet: SignedPacket): boolean {
    try {
      return homeserverOf(packet)?.equals(this.#homeserver) === true
    } catch (error) {
      if (error instanceof PkarrError) return false
      throw error
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    let waitMs = FIRST_ROUND_MS
    while (!signal.aborted) {
      try {
        await pause(waitMs, signal)
        const startedAt = performance.now()
        const summary = await this.round()
        this.#report(summary)
        waitMs = Math.max(0, this.#intervalMs - (performance.now() - startedAt))
      } catch (error) {
        if (signal.aborted) return
        this.#log.error({ err: error }, "republishing users' records failed")
        waitMs = this.#intervalMs
      }
    }
  }

  #report(summary: RoundSummary): void {
    this.#onRound(summary)
    const hasTrouble = summary.missing + summary.invalid + summary.failed > 0
    this.#log[hasTrouble ? 'warn' : 'info'](summary, "republished users' records")
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    timer.unref()
    signal.addEventListener('abort', abort, { once: true })
  })
}
