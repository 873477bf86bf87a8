import { invalidRequest } from '../errors/create.ts'
import type { KeyHost } from './key-host.ts'
import { parseZ32 } from './known-keys.ts'

const STORAGE_PREFIX = '/storage/'

/** A `/storage/<owner>/<path>` URL on a key host, taken apart (spec 05 §4.4). */
export interface StorageAddress {
  /** z-base-32 text of the owner. */
  readonly owner: string
  /** The path below the owner as older servers want it, with a leading slash, still percent-encoded. */
  readonly legacyPath: string
}

/**
 * Recognises path-addressed storage; undefined for any other URL. Throws `RequestError` when the owner is missing,
 * is no key, or contradicts the host.
 */
export function parseStorageAddress(url: URL, host: KeyHost): StorageAddress | undefined {
  if (!url.pathname.startsWith(STORAGE_PREFIX)) return undefined
  const rest = url.pathname.slice(STORAGE_PREFIX.length)
  const slash = rest.indexOf('/')
  if (slash < 0) throw invalidRequest('path-addressed storage URL is missing a resource path')
  const owner = rest.slice(0, slash)
  if (owner !== host.key && parseZ32(owner) === undefined)
    throw invalidRequest('path-addressed storage URL contains an invalid owner')
  if (host.kind === 'user' && host.key !== owner) {
    throw invalidRequest('path-addressed storage URL owner does not match its _pubky host')
  }
  return { owner, legacyPath: rest.slice(slash) }
}
