import type { Job, OperationInput, OperationName, OperationOutcome } from './operations.ts'
import type { StoreNotice } from './store.ts'

/** Tells listeners what the writer committed. */
export class Notices {
  readonly #listeners = new Set<(notice: StoreNotice) => void>()

  watch(listener: (notice: StoreNotice) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(job: Job, outcome: unknown): void {
    for (const notice of noticesOf(job, outcome)) this.tellOne(notice)
  }

  tellOne(notice: StoreNotice): void {
    for (const listener of this.#listeners) listener(notice)
  }
}

type Describe = { readonly [Name in OperationName]?: (input: never, outcome: never) => readonly StoreNotice[] }

const NOTHING: readonly StoreNotice[] = []

/** What each operation has to tell; the others change nothing that anybody holds in memory. */
const DESCRIBE = {
  commitWrite: (_: unknown, done: OperationOutcome<'commitWrite'>) =>
    done.outcome === 'written' ? [{ kind: 'event', event: done.event }] : NOTHING,
  commitDelete: (_: unknown, done: OperationOutcome<'commitDelete'>) =>
    done.outcome === 'deleted' ? [{ kind: 'event', event: done.event }] : NOTHING,
  sweepDeletedUsers: (_: unknown, { events }: OperationOutcome<'sweepDeletedUsers'>) =>
    events.map((event) => ({ kind: 'event', event }) as const),
  revokeCookieSession: (sessionId: OperationInput<'revokeCookieSession'>, isDone: boolean) =>
    isDone ? [{ kind: 'cookie-session-revoked', sessionId }] : NOTHING,
  revokeGrant: ([grantId]: OperationInput<'revokeGrant'>, isDone: boolean) =>
    isDone ? [{ kind: 'grant-revoked', grantId }] : NOTHING,
  redeemGrant: ({ grant }: OperationInput<'redeemGrant'>, { outcome }: OperationOutcome<'redeemGrant'>) =>
    outcome === 'redeemed' ? [{ kind: 'bearer-replaced', grantId: grant.id }] : NOTHING,
  setUserDisabled: ([userId]: OperationInput<'setUserDisabled'>, isDone: boolean) =>
    isDone ? [{ kind: 'user-changed', userId }] : NOTHING,
  replaceUserQuota: ([userId]: OperationInput<'replaceUserQuota'>, isDone: boolean) =>
    isDone ? [{ kind: 'user-changed', userId }] : NOTHING,
  deleteUser: ([userId]: OperationInput<'deleteUser'>, isDone: boolean) =>
    isDone ? [{ kind: 'user-deleted', userId }] : NOTHING,
} satisfies Describe

function noticesOf(job: Job, outcome: unknown): readonly StoreNotice[] {
  // The queue pairs each name with its input and outcome; the type system cannot follow the pair through the union.
  const describe = (
    DESCRIBE as Partial<Record<OperationName, (input: unknown, outcome: unknown) => readonly StoreNotice[]>>
  )[job.name]
  return describe === undefined ? NOTHING : describe(job.input, outcome)
}
