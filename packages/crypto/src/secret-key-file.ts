import { CryptoError } from './errors.ts'
import { hexDecode, hexEncode } from './hex.ts'
import { Keypair } from './keypair.ts'

/** The text of a secret key file: 64 lower-case hex characters, no new line. Write it with mode 0600 (spec 01 §1.1). */
export function formatSecretKeyFile(keypair: Keypair): string {
  return hexEncode(keypair.secret())
}

/**
 * The keypair of a secret key file's text; white space around it is ignored.
 * @throws CryptoError `invalid-encoding`, `invalid-length`; the message never repeats the text
 */
export function parseSecretKeyFile(text: string): Keypair {
  const secret = hexDecode(text.trim())
  if (secret.length !== 32) throw new CryptoError('invalid-length', 'Invalid secret key length')
  return Keypair.fromSecret(secret)
}
