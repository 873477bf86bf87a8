import { createVerifier } from '#ed25519'
import type { PublicKey } from './public-key.ts'

/** What a key needs prepared for verifying, for as long as the key object lives. */
const verifiers = new WeakMap<PublicKey, ReturnType<typeof createVerifier>>()

/**
 * Whether `signature` (64 bytes) is the key's over `message`, by the equation of spec 01 §1.3. Never throws. Pages that
 * can wait for the answer use {@link verifySignatureAsync}, which spares them this library's arithmetic.
 */
export function verifySignature(publicKey: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  let verify = verifiers.get(publicKey)
  if (verify === undefined) {
    verify = createVerifier(publicKey.bytes)
    verifiers.set(publicKey, verify)
  }
  return verify(message, signature)
}
