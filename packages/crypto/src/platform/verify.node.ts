import type { PublicKey } from '../public-key.ts'
import { verifySignature } from '../verify-signature.ts'

/** As {@link verifySignature}, whose native code needs no waiting here. */
export async function verifySignatureAsync(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verifySignature(publicKey, message, signature)
}
