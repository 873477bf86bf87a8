import type { Core } from '../../core.ts'
import type { StreamAnswers } from '../client/stream-answers.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'

/** What the routes of the admin API call. */
export interface AdminServices {
  readonly core: Core
  readonly keys: KeyTexts
  readonly streams: StreamAnswers
  readonly describe: () => ServerDescription
}

/** What the server says about itself (spec 03 §2.4). */
export interface ServerDescription {
  /** z32 */
  readonly publicKey: string
  /** `ip:port` under which PubkyTLS is published. */
  readonly pubkyAddress: string | null
  /** `domain:port` of the configuration. */
  readonly icannDomain: string | null
  readonly version: string
}
