import { PubkyError } from '../errors/pubky-error.ts'
import type { FileIdentity } from './file-identity.ts'

/** Why an encrypted file cannot be read; in `data.code` of the error. */
export type DecryptionErrorCode = 'wrong-key-or-moved' | 'unsupported-version' | 'truncated'

const TEXTS: Readonly<Record<DecryptionErrorCode, string>> = {
  'wrong-key-or-moved':
    'it was encrypted with another key, for another path or owner, or it has been altered since it was written',
  'unsupported-version': 'it is not an encrypted file of a version this SDK knows',
  truncated: 'a part of it is missing',
}

/** An `AuthenticationError` that says which file could not be read and why. */
export function decryptionError(code: DecryptionErrorCode, file: FileIdentity): PubkyError {
  return new PubkyError(
    'AuthenticationError',
    `Authentication error: Cryptography error: cannot decrypt pubky${file.owner}${file.path}: ${TEXTS[code]}`,
    { data: { code } },
  )
}
