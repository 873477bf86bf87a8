import type { SessionCredential } from '../auth/session-credential.ts'
import { Freeable } from '../freeable.ts'
import type { ClientCore } from '../http/client-core.ts'
import { GrantInfo } from './grant-info.ts'
import type { Session } from './session.ts'

/** Lists and revokes a user's grants; needs a session with the root capability (spec 05 §2.9). */
export class GrantManager extends Freeable {
  readonly #core: ClientCore
  readonly #credential: SessionCredential

  constructor(session: Session) {
    super()
    this.#core = session.client.core
    this.#credential = session.credential
  }

  /** The grants that are neither revoked nor over, in no particular order. */
  async list(): Promise<GrantInfo[]> {
    const { listGrants } = await import('../later.ts')
    return (await listGrants(this.#core, this.#credential)).map((json) => new GrantInfo(json))
  }

  /** Revokes a grant; its app is signed out at once. Throws `InvalidInput` for a text that is no grant id. */
  async revoke(grantId: string): Promise<void> {
    const { revokeGrant } = await import('../later.ts')
    await revokeGrant(this.#core, this.#credential, grantId)
  }
}
