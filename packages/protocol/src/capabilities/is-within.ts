import { scopeCovers } from '../storage/storage-path.ts'
import type { Capabilities } from './capabilities.ts'

/**
 * Whether `approved` asks for no more than `requested`: for each approved entry and each of its actions some
 * requested entry has that action and covers the scope; several may share the work (spec 01 §5.7).
 */
export function isWithin(approved: Capabilities, requested: Capabilities): boolean {
  return approved.every(({ scope, actions }) =>
    [...actions].every((action) =>
      requested.some((entry) => entry.actions.includes(action) && scopeCovers(entry.scope, scope)),
    ),
  )
}
