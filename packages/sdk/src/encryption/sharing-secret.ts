import { base64UrlEncode, sha256 } from '@pubky/crypto'
import { parseStoragePath, Resource } from '@pubky/protocol'
import { type EncryptedFolder, SHARING_FOLDER } from './encrypted-folder.ts'

const KEY_FILE = `${SHARING_FOLDER}key`

/** An X25519 secret that opens what is shared with its owner. */
export type SharingSecret = Uint8Array

/**
 * The secret by which this user's app opens what others share in the same folder: the content key of the file that
 * publishes its public half, so every device of the user has it.
 */
export function sharingSecret(folder: EncryptedFolder): SharingSecret {
  return folder.key(new Resource(folder.owner, parseStoragePath(folder.path + KEY_FILE)))
}

/** Short text of a sharing key: 16 characters, 96 bits, enough against a second key of the same fingerprint. */
export function sharingKeyFingerprint(key: Uint8Array): string {
  return base64UrlEncode(sha256(key).subarray(0, 12))
}
