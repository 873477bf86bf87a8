import type { GrantCredential } from '../auth/grant-credential.ts'
import type { CustomPop } from '../custom-pop/create-custom-pop.ts'
import type { ScopedEncryptionKeys } from '../encryption/scoped-encryption-keys.ts'
import { Freeable } from '../freeable.ts'
import { GrantSessionInfo } from './grant-session-info.ts'

/** What only grant sessions can do (spec 05 §2.9, §2.16). */
export class GrantSession extends Freeable {
  readonly #credential: GrantCredential

  /** @internal */
  constructor(credential: GrantCredential) {
    super()
    this.#credential = credential
  }

  /** What the homeserver said at the last exchange. */
  async sessionInfo(): Promise<GrantSessionInfo> {
    return new GrantSessionInfo(this.#credential.sessionInfo)
  }

  async grantId(): Promise<string> {
    return this.#credential.grant.grantId
  }

  /** Everything needed to restore this session elsewhere: a secret. Rejects with `ClientStateError` for delegated keys. */
  async exportLocalSecret(): Promise<string> {
    return this.#credential.exportSecret()
  }

  /**
   * The content keys that came with the approval: undefined for a bare grant, without scopes when the user declined.
   * They may cover less than was asked for.
   */
  get encryptionKeys(): ScopedEncryptionKeys | undefined {
    return this.#credential.approval?.keys
  }

  /**
   * Signs `data` for a third-party service, which checks it with `verifyCustomGrantPop`. Put the audience, the
   * service's challenge and the purpose into `data`. Works offline.
   */
  async createCustomPop(data: unknown): Promise<CustomPop> {
    // There already: whatever makes a grant session has loaded it, so this works offline.
    const { createCustomPop } = await import('../later.ts')
    return await createCustomPop(this.#credential, data)
  }
}
