import { Freeable } from '../freeable.ts'
import type { StoredSessionRecord } from './stored-session-record.ts'

/** A stored session as a list of accounts shows it (spec 05 §2.15). Holds no secret. */
export class StoredSessionInfo extends Freeable {
  readonly #record: StoredSessionRecord

  /** @internal */
  constructor(record: StoredSessionRecord) {
    super()
    this.#record = record
  }

  /** What `restore` and `remove` want. */
  get id(): string {
    return this.#record.id
  }

  /** `delegated`: no script can read the key; `localSecret`: any script of this origin can. */
  get storageMode(): string {
    return this.#record.storageMode
  }

  /** z-base-32 key of the user. */
  get publicKey(): string {
    return this.#record.publicKey
  }

  /** z-base-32 key of the homeserver. */
  get homeserver(): string {
    return this.#record.homeserver
  }

  /** What `GrantManager.revoke` wants. */
  get grantId(): string {
    return this.#record.grantId
  }

  /** The app that stored it. */
  get clientId(): string {
    return this.#record.clientId
  }

  /** Such as `/pub/app.example/:rw`. */
  get capabilities(): string[] {
    return [...this.#record.capabilities]
  }

  /** Unix seconds. */
  get grantExpiresAt(): number {
    return this.#record.grantExpiresAt
  }

  /** When it was stored, Unix milliseconds. */
  get createdAt(): number {
    return this.#record.createdAt
  }
}
