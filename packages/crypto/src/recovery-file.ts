import { argon2id } from '#argon2id'
import { concatBytes, utf8Encode } from './bytes.ts'
import { CryptoError } from './errors.ts'
import { Keypair } from './keypair.ts'
import { secretboxOpen, secretboxSeal } from './secretbox.ts'

const SPEC_LINE = 'pubky.org/recovery'
const ACCEPTED_SPEC_LINES = [SPEC_LINE, 'pkarr.org/recovery']
const NEW_LINE = 0x0a
const COST = { memoryKib: 19_456, passes: 2 }
const SALT = 'recovery'

/**
 * Encrypts a keypair's seed under a passphrase: 91 bytes to keep in a file (spec 01 §7). The format's salt is fixed,
 * so only a strong passphrase protects it. Takes some tens of milliseconds natively, about half a second in JavaScript.
 */
export function createRecoveryFile(keypair: Keypair, passphrase: string): Uint8Array {
  const box = secretboxSeal(keypair.secret(), recoveryKey(passphrase))
  return concatBytes(utf8Encode(`${SPEC_LINE}\n`), box)
}

/**
 * Reads a recovery file of any official implementation.
 * @throws CryptoError `invalid-recovery-file` when it is none; `message-too-short` or `decryption-failed` for a
 * damaged file or a wrong passphrase
 */
export function decryptRecoveryFile(file: Uint8Array, passphrase: string): Keypair {
  const lineEnd = file.indexOf(NEW_LINE)
  const specLine = file.subarray(0, Math.max(lineEnd, 0))
  // Official readers test the prefix only, so text may follow it on the line.
  if (lineEnd < 0 || !ACCEPTED_SPEC_LINES.some((line) => startsWith(specLine, utf8Encode(line)))) {
    throw new CryptoError(
      'invalid-recovery-file',
      'Recovery file should start with a spec line, followed by a new line character',
    )
  }
  const box = file.subarray(lineEnd + 1)
  if (box.length === 0) {
    throw new CryptoError(
      'invalid-recovery-file',
      'Recovery file should contain an encrypted secret key after the new line character',
    )
  }
  const secret = secretboxOpen(box, recoveryKey(passphrase))
  if (secret.length !== 32) {
    throw new CryptoError(
      'invalid-recovery-file',
      `Recovery file encrypted secret key should be 32 bytes, got ${secret.length}`,
    )
  }
  return Keypair.fromSecret(secret)
}

/** The 32-byte key of a passphrase; its UTF-8 bytes are taken as they are, without normalisation. */
export function recoveryKey(passphrase: string): Uint8Array {
  return argon2id(utf8Encode(passphrase), utf8Encode(SALT), COST, 32)
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte)
}
