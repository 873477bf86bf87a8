import { isOrdinaryPoint, isReducedScalar } from '../curve25519.ts'
import type { PublicKey } from '../public-key.ts'

/**
 * As {@link verifySignature}, by the browser's own Ed25519. Where it has none (before Chrome 137, Firefox 129 and Safari
 * 17, or on a page without TLS) the library is loaded for it; so it is for the few points on whose signatures browsers
 * and the equation of spec 01 §1.3 differ.
 */
export async function verifySignatureAsync(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== 64 || !isReducedScalar(signature.subarray(32))) return false
  if (isOrdinaryPoint(publicKey.bytes) && isOrdinaryPoint(signature.subarray(0, 32))) {
    try {
      const { subtle } = crypto
      const key = await subtle.importKey('raw', publicKey.bytes.slice(), 'Ed25519', false, ['verify'])
      return await subtle.verify('Ed25519', key, signature.slice(), message.slice())
    } catch {
      // No Ed25519 here; browsers differ in how they say so.
    }
  }
  const { verifySignature } = await import('../verify-signature.ts')
  return verifySignature(publicKey, message, signature)
}
