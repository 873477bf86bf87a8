import type { GrantInfo as Json } from '@pubky/protocol'
import { Freeable } from '../freeable.ts'

/** One of a user's live grants, as the user's homeserver lists it. Times are Unix seconds. */
export class GrantInfo extends Freeable {
  readonly #json: Json

  /** @internal */
  constructor(json: Json) {
    super()
    this.#json = json
  }

  /** What `GrantManager.revoke` wants. */
  get grantId(): string {
    return this.#json.grant_id
  }

  /** The app it was given to, by the name it gave itself. */
  get clientId(): string {
    return this.#json.client_id
  }

  /** Comma-separated list. */
  get capabilities(): string {
    return this.#json.capabilities
  }

  /** Unix seconds. */
  get issuedAt(): number {
    return this.#json.issued_at
  }

  /** Unix seconds. */
  get expiresAt(): number {
    return this.#json.expires_at
  }
}
