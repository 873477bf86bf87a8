import { type GrantSessionResponse, isRefreshDue } from '@pubky/protocol'
import { type BearerSharing, bearerHeader, type GrantCredential, RENEW_SLACK } from '../auth/grant-credential.ts'
import { nowSeconds } from '../auth/time.ts'
import { authenticationError } from '../errors/create.ts'
import type { Dispatch } from '../http/credential.ts'
import { discard } from '../http/discard.ts'
import { anySignal, within } from '../http/sleep.ts'
import { withSharedStore } from './auth-database.ts'
import { storedSessionId } from './stored-session-record.ts'

/**
 * Milliseconds for which a request without an answer keeps the other tabs from renewing the bearer. By then the server
 * has looked at it, and is taking in a large file; or there is no server, and no reason to wait.
 */
const LONGEST_HOLD_MS = 10_000
/** Milliseconds after which a tab whose exchange gets no answer lets the others try. */
const LONGEST_EXCHANGE_MS = 30_000

/** What the tabs of an origin know together about one stored grant (spec 05 §12.1). */
interface SharedRecord {
  readonly id: string
  readonly response: GrantSessionResponse
  /** An exchange was begun; whoever comes next must make sure that it has an end. */
  readonly refreshPending: boolean
  /** A sign-out was begun; nothing may be sent any more. */
  readonly logoutPending: boolean
}

/** Whether tabs can agree here; without it each tab keeps its own bearer. */
export function canShareBearers(): boolean {
  return typeof globalThis.navigator !== 'undefined' && globalThis.navigator.locks !== undefined
}

/**
 * One grant has one live bearer: each exchange ends the one before. So the tabs that use a stored grant keep it
 * together, in IndexedDB under a Web Lock: shared while sending, exclusive for exchange and sign-out.
 */
export class SharedBearer implements BearerSharing {
  readonly #credential: GrantCredential
  readonly #id: string

  constructor(credential: GrantCredential) {
    this.#credential = credential
    this.#id = storedSessionId(credential)
  }

  /** Makes this tab's bearer the one that all tabs use, unless they do or are signing out. */
  async join(): Promise<void> {
    await this.#locked('exclusive', undefined, async () => {
      const known = await this.#read()
      // What this tab knows may be older than what the tabs have by now.
      const hasJoined = known !== undefined && this.#credential.sharing !== undefined
      if (!hasJoined && !known?.logoutPending) await this.#store(this.#credential.session, { refreshPending: false })
    })
    this.#credential.share(this)
  }

  async authorize(dispatch: Dispatch, replayable: boolean, signal: AbortSignal | undefined): Promise<Response> {
    let refused: string | undefined
    let isFresh = false
    for (;;) {
      const outcome = await this.#locked('shared', signal, async () => {
        const record = await this.#adopt()
        // Just renewed is as good as it gets, however short the server makes a bearer's life.
        if (!isFresh && this.#needsRefresh(record, refused)) return undefined
        const { token } = record.response
        const sent = { token, answer: dispatch(bearerHeader(token)) }
        // Its failure is that of whoever waits for the answer.
        await within(LONGEST_HOLD_MS, () => sent.answer).catch(() => {})
        return sent
      })
      if (outcome === undefined) {
        await this.#refresh(refused, signal)
        isFresh = true
        continue
      }
      const response = await outcome.answer
      if (response.status !== 401 || !replayable || refused !== undefined) return response
      refused = outcome.token
      isFresh = false
      await discard(response)
    }
  }

  async signout(signal: AbortSignal | undefined): Promise<void> {
    await this.#locked('exclusive', signal, async () => {
      const record = await this.#read()
      if (record === undefined) return
      await this.#store(record.response, { logoutPending: true })
      this.#credential.adopt(record.response)
      await this.#credential.requestSignout(signal)
      await forgetSharedBearer(this.#id)
    })
  }

  async guard<T>(work: () => Promise<T>): Promise<T> {
    return await this.#locked('shared', undefined, async () => {
      await this.#adopt()
      return await work()
    })
  }

  async #refresh(refused: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    await this.#locked('exclusive', signal, async () => {
      const record = await this.#adopt()
      if (!this.#needsRefresh(record, refused)) return
      // Written first: if this tab dies in between, the next one exchanges again.
      await this.#store(record.response, { refreshPending: true })
      const session = await within(LONGEST_EXCHANGE_MS, (late) => this.#credential.exchange(anySignal(signal, late)))
      this.#credential.adopt(session)
      await this.#store(session, { refreshPending: false })
    })
  }

  #needsRefresh({ response, refreshPending }: SharedRecord, refused: string | undefined): boolean {
    return refreshPending || response.token === refused || isRefreshDue(response.session, nowSeconds(), RENEW_SLACK)
  }

  /** The record, taken over by this tab's credential. */
  async #adopt(): Promise<SharedRecord> {
    const record = await this.#read()
    if (record === undefined) throw authenticationError('Browser session was removed')
    if (record.logoutPending) throw authenticationError('Browser session logout is pending')
    if (!this.#isOfOwnGrant(record)) throw authenticationError('Shared session does not match its grant')
    this.#credential.adopt(record.response)
    return record
  }

  #isOfOwnGrant({ response: { session } }: SharedRecord): boolean {
    const { grant, homeserver, user, capabilities } = this.#credential
    return (
      session.homeserver === homeserver.z32() &&
      session.pubky === user.z32() &&
      session.grant_id === grant.grantId &&
      session.client_id === grant.clientId &&
      session.grant_expires_at === grant.expiresAt &&
      session.capabilities.join() === capabilities.join()
    )
  }

  async #read(): Promise<SharedRecord | undefined> {
    const value: unknown = await withSharedStore('sharedBearers', 'readonly', (store) => store.get(this.#id))
    return isSharedRecord(value) ? value : undefined
  }

  async #store(response: GrantSessionResponse, state: Partial<SharedRecord>): Promise<void> {
    const record: SharedRecord = { id: this.#id, response, refreshPending: false, logoutPending: false, ...state }
    await withSharedStore('sharedBearers', 'readwrite', (store) => store.put(record))
  }

  async #locked<T>(mode: LockMode, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return await navigator.locks.request(`pubky-grant:${this.#id}`, { mode, ...(signal && { signal }) }, work)
  }
}

/** Makes all tabs that use a stored grant stop. */
export async function forgetSharedBearer(id: string): Promise<void> {
  await withSharedStore('sharedBearers', 'readwrite', (store) => store.delete(id))
}

/** Makes all tabs stop, whatever they use. */
export async function forgetAllSharedBearers(): Promise<void> {
  await withSharedStore('sharedBearers', 'readwrite', (store) => store.clear())
}

function isSharedRecord(value: unknown): value is SharedRecord {
  return typeof value === 'object' && value !== null && 'response' in value && 'refreshPending' in value
}
