import type { VectorGroup } from '../../crypto/test/vector-groups.ts'
import { approvalVectorGroups } from './approval-vectors.ts'
import { capabilityVectorGroups } from './capability-vectors.ts'
import { contentKeyVectorGroups } from './content-key-vectors.ts'
import { eventVectorGroups } from './event-vectors.ts'
import { grantVectorGroups } from './grant-vectors.ts'
import { linkVectorGroups } from './link-vectors.ts'
import { pathVectorGroups } from './path-vectors.ts'
import { sdkVectorGroups } from './sdk-vectors.ts'
import { tokenVectorGroups } from './token-vectors.ts'

/** The groups of spec 01 that are about this package. */
export function protocolVectorGroups(): readonly VectorGroup[] {
  return [
    ...capabilityVectorGroups(),
    ...pathVectorGroups(),
    ...tokenVectorGroups(),
    ...grantVectorGroups(),
    ...linkVectorGroups(),
    ...eventVectorGroups(),
    ...contentKeyVectorGroups(),
    ...approvalVectorGroups(),
    ...sdkVectorGroups(),
  ]
}
