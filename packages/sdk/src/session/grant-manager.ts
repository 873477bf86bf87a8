import { isGrantId } from '@pubky/protocol'
import { readGrantInfos } from '../auth/grant-session-json.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import { invalidInput } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import type { ClientCore } from '../http/client-core.ts'
import { discard } from '../http/discard.ts'
import { userHost } from '../http/key-host.ts'
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
    const response = await this.#core.sendExpectingSuccess({
      method: 'GET',
      url: this.#url('/auth/grant/sessions'),
      credential: this.#credential,
      retry: true,
    })
    return (await readGrantInfos(response)).map((json) => new GrantInfo(json))
  }

  /** Revokes a grant; its app is signed out at once. Throws `InvalidInput` for a text that is no grant id. */
  async revoke(grantId: string): Promise<void> {
    if (!isGrantId(grantId)) {
      throw invalidInput(`Invalid grant id: expected 1 to 22 characters of A-Z a-z 0-9 - _, got ${grantId.length}`)
    }
    const response = await this.#core.sendExpectingSuccess({
      method: 'DELETE',
      url: this.#url(`/auth/grant/session/${grantId}`),
      credential: this.#credential,
      retry: true,
    })
    await discard(response)
  }

  #url(path: string): string {
    return `https://${userHost(this.#credential.user.z32())}${path}`
  }
}
