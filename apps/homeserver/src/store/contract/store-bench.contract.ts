import type {
  EventRecord,
  GrantRedemption,
  PathSpan,
  QuotaOverrides,
  Store,
  UserRecord,
  WriteCommit,
} from '../store.ts'

/** A store under test. */
export interface StoreUnderTest {
  readonly store: Store
  /** Closes and opens it again; undefined when nothing is kept. */
  readonly reopen: (() => Promise<Store>) | undefined
  readonly remove: () => Promise<void>
}

export const NOW = 1_790_000_000_000_000
export const A = 'a'.repeat(52)
export const B = 'b'.repeat(52)
export const UNLIMITED: QuotaOverrides = {
  storageMb: null,
  rateRead: null,
  rateWrite: null,
  rateReadBurst: null,
  rateWriteBurst: null,
  allowedWritePaths: null,
}

/** Back ends may answer with any kind of byte array. */
export function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')
}

export const PUBLIC: PathSpan = { isPrivate: false, first: '/pub/', last: '/pub0' }
export const PRIVATE: PathSpan = { isPrivate: true, first: '/priv/', last: '/priv0' }

/** The whole log. */
export async function logOf(store: Store): Promise<readonly EventRecord[]> {
  const walk = { userId: undefined, order: 'ascending', after: 0, before: Number.MAX_SAFE_INTEGER } as const
  const parts = await Promise.all([PUBLIC, PRIVATE].map((paths) => store.events({ ...walk, paths }, 10_000)))
  return parts.flat().toSorted((a, b) => a.id - b.id)
}

/** A new account. */
export async function createUser(store: Store, publicKey: string): Promise<UserRecord> {
  const created = await store.createUser({ publicKey, key: undefined, tokenLookup: undefined, now: NOW })
  if (created.outcome !== 'created') throw new Error(created.outcome)
  return created.user
}

let blobs = 0

/** A write with a body and a validator that no other has. */
export function writeOf(owner: UserRecord, path: string, length = 3, changes: Partial<WriteCommit> = {}): WriteCommit {
  blobs += 1
  return {
    userId: owner.id,
    path,
    contentLength: length,
    contentType: 'text/plain',
    etag: `"tag-${blobs}"`,
    modifiedAt: NOW + blobs,
    lastModified: 'Tue, 24 Nov 2026 00:00:00 GMT',
    body: { blobId: blobs.toString(16).padStart(32, '0'), place: 'inline', keyGeneration: 0 },
    inlineBody: new Uint8Array(length).fill(blobs),
    defaultQuotaBytes: undefined,
    lockTokenHash: undefined,
    precondition: undefined,
    evenIfDisabled: false,
    now: NOW,
    ...changes,
  }
}

/** A grant of that user, with the hash of its bearer. */
export function redemptionOf(owner: UserRecord, id: string, tokenHash: Uint8Array): GrantRedemption {
  return {
    grant: {
      id,
      userId: owner.id,
      user: owner.publicKey,
      clientId: 'app',
      clientKey: 'k'.repeat(52),
      capabilities: '/pub/:rw',
      issuedAtSeconds: 100,
      expiresAtSeconds: 1_000,
      createdAt: NOW,
    },
    tokenHash,
    tokenExpiresAtSeconds: 900,
    nowSeconds: 200,
  }
}

/** The store that the contract's tests work on, renewed for each, with the steps that most of them take. */
export class StoreBench {
  readonly #open: () => Promise<StoreUnderTest>
  #under: StoreUnderTest | undefined
  #store: Store | undefined

  constructor(open: () => Promise<StoreUnderTest>) {
    this.#open = open
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('no test is running')
    return this.#store
  }

  async setUp(): Promise<void> {
    this.#under = await this.#open()
    this.#store = this.#under.store
  }

  async tearDown(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]()
    await this.#under?.remove()
  }

  /** Whether the store outlives its process. */
  get isKept(): boolean {
    return this.#under?.reopen !== undefined
  }

  /** Closes and opens a store that is kept. */
  async reopen(): Promise<void> {
    if (this.#under?.reopen !== undefined) this.#store = await this.#under.reopen()
  }

  readonly user = (publicKey: string): Promise<UserRecord> => createUser(this.store, publicKey)

  readonly write = writeOf

  readonly put = async (owner: UserRecord, path: string, length = 3, changes: Partial<WriteCommit> = {}) =>
    (await this.store.commitWrite(this.write(owner, path, length, changes))).outcome

  readonly remove = async (owner: UserRecord, path: string) => {
    const deletion = { userId: owner.id, path, lockTokenHash: undefined, precondition: undefined, now: NOW }
    return (await this.store.commitDelete(deletion)).outcome
  }

  readonly used = async (publicKey: string) => (await this.store.findUser(publicKey))?.usedBytes
}
