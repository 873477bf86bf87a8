import type { Keypair } from '@pubky/crypto'
import type { Core } from '../../core.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'

/** What the routes of the client API call. */
export interface ClientServices {
  readonly core: Core
  readonly identity: Pick<Keypair, 'publicKey'>
  readonly metrics: ServerMetrics
  /** Whether sites are served by `Host`. */
  readonly websites: boolean
}
