import type { ClientCore } from '../http/client-core.ts'
import type { Credential } from '../http/credential.ts'

/** What the storage verbs need: a client, and whose session it is if it is one. */
export interface StorageContext {
  readonly core: ClientCore
  readonly credential: Credential | undefined
}
