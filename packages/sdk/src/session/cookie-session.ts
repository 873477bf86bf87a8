import type { CookieCredential } from '../auth/cookie-credential.ts'
import { Freeable } from '../freeable.ts'

/** What only cookie sessions can do. */
export class CookieSession extends Freeable {
  readonly #credential: CookieCredential

  /** @internal */
  constructor(credential: CookieCredential) {
    super()
    this.#credential = credential
  }

  /** The session's public part, to restore it while the cookie is still in the browser. Holds no secret. */
  export(): string {
    return this.#credential.export()
  }

  /** `<user z32>:<cookie>`. Rejects with `ClientStateError` where the browser hides the cookie. */
  async exportSecret(): Promise<string> {
    return this.#credential.exportSecret()
  }
}
