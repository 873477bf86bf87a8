import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { Store, UserId } from '../store/store.ts'
import type { DataKey } from './data-key.ts'
import type { Keyring } from './keyring.ts'

/** Generation that new bodies are sealed with. */
const CURRENT_GENERATION = 1
/** Unwrapped keys kept in memory. */
const MAX_CACHED = 10_000

/** Whose bodies are sealed. */
export interface KeyOwner {
  readonly id: UserId
  /** 32 bytes. */
  readonly publicKeyBytes: Uint8Array
}

/**
 * The users' data keys, unwrapped once and kept while they are used. A key of one generation never changes, so it may be
 * kept whoever else uses the store; that its account is gone is told, and its rows are gone by then.
 */
export class UserKeys {
  readonly #store: Store
  readonly #keyring: Keyring
  readonly #clock: Clock
  readonly #cached = new Map<UserId, DataKey>()
  /** Counts what was forgotten: a key that was read before must not be kept after. */
  #revision = 0

  constructor(store: Store, keyring: Keyring, clock: Clock) {
    this.#store = store
    this.#keyring = keyring
    this.#clock = clock
    store.watch((notice) => {
      if (notice.kind === 'user-deleted') this.#forget(notice.userId)
      else if (notice.kind === 'notices-lost') this.#forgetAll()
    })
  }

  /** The key for new bodies; made if the account has none, which is so if it dates from before encryption. */
  current(owner: KeyOwner): DataKey | Promise<DataKey> {
    return this.#cached.get(owner.id) ?? this.#load(owner)
  }

  /** The key of that generation. @throws HomeserverError `body-corrupt`: it is gone, and what it sealed with it */
  ofGeneration(owner: KeyOwner, generation: number): DataKey | Promise<DataKey> {
    const cached = this.#cached.get(owner.id)
    return cached?.generation === generation ? cached : this.#loadGeneration(owner, generation)
  }

  async #loadGeneration(owner: KeyOwner, generation: number): Promise<DataKey> {
    const revision = this.#revision
    const wrapped = await this.#store.findUserKey(owner.id, generation)
    if (wrapped === undefined) throw new HomeserverError('body-corrupt', 'the key of a stored body is gone')
    const key = this.#keyring.unwrapUserKey(owner.publicKeyBytes, wrapped)
    if (generation === CURRENT_GENERATION) this.#keep(owner.id, key, revision)
    return key
  }

  async #load(owner: KeyOwner): Promise<DataKey> {
    const revision = this.#revision
    const stored = await this.#store.findUserKey(owner.id, CURRENT_GENERATION)
    const wrapped = stored ?? (await this.#create(owner))
    if (wrapped === undefined) throw new HomeserverError('user-unknown', 'Not Found')
    const key = this.#keyring.unwrapUserKey(owner.publicKeyBytes, wrapped)
    this.#keep(owner.id, key, revision)
    return key
  }

  #create(owner: KeyOwner) {
    return this.#store.rememberUserKey(owner.id, this.#keyring.createUserKey(owner.publicKeyBytes), this.#clock())
  }

  #forget(user: UserId): void {
    this.#revision += 1
    this.#cached.get(user)?.bytes.fill(0)
    this.#cached.delete(user)
  }

  /** Wipes nothing: most of their accounts are still there, and somebody may be sealing with them. */
  #forgetAll(): void {
    this.#revision += 1
    this.#cached.clear()
  }

  #keep(user: UserId, key: DataKey, revision: number): void {
    if (revision !== this.#revision) return
    if (this.#cached.size >= MAX_CACHED) {
      const oldest = this.#cached.keys().next()
      if (!oldest.done) this.#cached.delete(oldest.value)
    }
    this.#cached.set(user, key)
  }
}
