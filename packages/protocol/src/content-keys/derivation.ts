import { concatBytes, hkdfSha256, hmacSha256, utf8Encode } from '@pubky/crypto'
import { isDirectory, type StoragePath, segmentsOf } from '../storage/storage-path.ts'

/** Permanent: a change of one byte is another scheme (spec 01 §15.1). */
const LABEL = 'pubky/hierarchical-keys/v1/'
const NO_SALT = new Uint8Array(32)

/**
 * The secret of a scope, 32 bytes: a directory's seed, which yields everything below it, or a file's content key (spec
 * 01 §15.1).
 * @param identitySeed the user's 32-byte Ed25519 seed
 */
export function deriveScopeSecret(identitySeed: Uint8Array, scope: StoragePath): Uint8Array {
  const root = hkdfSha256(identitySeed, NO_SALT, utf8Encode(`${LABEL}root`), 32)
  return deriveBelow(root, '/' as StoragePath, scope)
}

/**
 * The secret of a path below a directory whose seed is known, or of that directory itself. The caller has checked that
 * the directory covers the path.
 */
export function deriveBelow(directorySeed: Uint8Array, directory: StoragePath, path: StoragePath): Uint8Array {
  const names = segmentsOf(path).slice(segmentsOf(directory).length)
  return names.reduce((parent, name, index) => {
    const isFile = index === names.length - 1 && !isDirectory(path)
    return hmacSha256(parent, concatBytes(utf8Encode(`${LABEL}${isFile ? 'file-content' : 'directory'}\0${name}`), ONE))
  }, directorySeed)
}

/** Counter of the only block that HKDF-Expand makes. */
const ONE = new Uint8Array([1])
