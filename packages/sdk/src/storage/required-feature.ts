import type { Resource } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import type { StorageContext } from './storage-context.ts'

/** Additions of a homeserver that this SDK uses only where `/info` lists them: others would ignore the header. */
export type StorageFeature = 'conditional-writes' | 'byte-ranges' | 'listing-metadata'

/** Throws `ClientStateError` unless the owner's homeserver announces a feature. */
export async function requireFeature(
  context: StorageContext,
  resource: Resource,
  feature: StorageFeature,
): Promise<void> {
  if (await hasFeature(context, resource, feature)) return
  throw clientStateError(`The homeserver of ${resource.owner.z32()} does not offer ${feature}.`)
}

/** Whether the owner's homeserver announces a feature. */
export async function hasFeature(
  context: StorageContext,
  resource: Resource,
  feature: StorageFeature,
): Promise<boolean> {
  const homeserver = await context.core.findHomeserver(resource.owner)
  return homeserver !== undefined && (await context.core.features.of(homeserver.z32())).has(feature)
}
