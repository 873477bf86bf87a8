import { resourceOfAddress } from './storage/resource-input.ts'

/**
 * The transport URL of an address, for use with `client.fetch`: `https://_pubky.<z32>/storage/<z32>/<path>`.
 * Throws `RequestError` when `identifier` is neither `pubky<z32>/…` nor `pubky://<z32>/…`.
 */
export function resolvePubky(identifier: string): string {
  return resourceOfAddress(identifier).toTransportUrl()
}
