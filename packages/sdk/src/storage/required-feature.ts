import type { Resource } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import { untilAborted } from '../http/sleep.ts'
import type { StorageContext } from './storage-context.ts'

/** Additions of a homeserver that this SDK uses only where `/info` lists them: others would ignore the header. */
export type StorageFeature = 'conditional-writes' | 'byte-ranges' | 'listing-metadata'

/** Throws `ClientStateError` unless the owner's homeserver announces a feature. */
export async function requireFeature(
  context: StorageContext,
  resource: Resource,
  feature: StorageFeature,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await untilAborted(hasFeature(context, resource, feature), signal)) return
  throw clientStateError(`The homeserver of ${resource.owner.z32()} does not offer ${feature}.`)
}

/** Whether the owner's homeserver announces a feature. */
export async function hasFeature(
  context: StorageContext,
  resource: Resource,
  feature: StorageFeature,
): Promise<boolean> {
  const { core } = context
  const homeserver = await core.findHomeserver(resource.owner)
  return homeserver !== undefined && (await untilAborted(core.features.of(homeserver.z32()), core.signal)).has(feature)
}
