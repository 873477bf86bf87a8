import { CryptoError, secretboxOpen } from '@pubky/crypto'
import { type AuthToken, verifyAuthToken } from '@pubky/protocol'
import { asTokenError } from '../auth/auth-token.ts'

/** The verified token of a message; undefined for a message that was not encrypted for this flow. */
export function openToken(message: Uint8Array, secret: Uint8Array): AuthToken | undefined {
  let plaintext: Uint8Array
  try {
    plaintext = secretboxOpen(message, secret)
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
  if (plaintext.length === 0) return undefined
  return asTokenError(
    () => verifyAuthToken(plaintext, BigInt(Date.now()) * 1000n),
    'Authentication error: Token verification failed: ',
  )
}
