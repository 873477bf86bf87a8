import { PublicKey } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import { normalizeStoragePath } from './normalize-path.ts'
import { percentDecodePath } from './percent.ts'
import type { StoragePath } from './storage-path.ts'

const PREFIX = '/storage'

/** Whose entry a request is about, and which. */
export interface StorageTarget {
  readonly owner: PublicKey
  readonly path: StoragePath
}

/** Whether a raw request path has the path-addressed form, valid or not (spec 01 §3.2). */
export function isPathAddressed(rawPath: string): boolean {
  return rawPath === PREFIX || rawPath.startsWith(`${PREFIX}/`)
}

/**
 * Reads a path-addressed request target `/storage/{owner}/{path}` from the raw path, exactly as received and without
 * its query: a URL object would already have folded `%2e%2e` into another owner's path (spec 01 §3.2). The owner must
 * be the canonical z-base-32 text; URL forms and other spellings are refused (spec 02 §4, Better).
 * @throws ProtocolError `storage-target` with the body of the 400 answer as message
 */
export function parseStorageTarget(rawPath: string): StorageTarget {
  const rest = rawPath.slice(PREFIX.length + 1)
  if (rest === '') throw new ProtocolError('storage-target', 'Missing storage owner or path')
  const slash = rest.indexOf('/')
  if (slash < 0 || slash === rest.length - 1) throw new ProtocolError('storage-target', 'Missing storage path')
  let owner: PublicKey
  try {
    owner = PublicKey.fromZ32(rest.slice(0, slash))
  } catch (cause) {
    throw new ProtocolError('storage-target', 'Invalid storage owner public key', { cause })
  }
  let decoded: string
  try {
    decoded = percentDecodePath(rest.slice(slash))
  } catch (cause) {
    throw new ProtocolError('storage-target', 'Storage path is not valid UTF-8', { cause })
  }
  try {
    return { owner, path: normalizeStoragePath(decoded) }
  } catch (cause) {
    const reason = cause instanceof ProtocolError ? cause.message : 'unreadable'
    throw new ProtocolError('storage-target', `Invalid storage path: ${reason}`, { cause })
  }
}

/**
 * Reads the raw path of a host-addressed request, whose owner comes from its headers (spec 01 §3.2, legacy).
 * @throws ProtocolError `path-…`
 */
export function parseHostAddressedPath(rawPath: string): StoragePath {
  return normalizeStoragePath(percentDecodePath(rawPath))
}
