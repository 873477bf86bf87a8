/** Every way in which this package refuses its input. */
export type CryptoErrorCode =
  | 'invalid-encoding'
  | 'invalid-length'
  | 'invalid-point'
  | 'invalid-recovery-file'
  | 'message-too-short'
  | 'decryption-failed'
  | 'weak-key'

/**
 * The only error this package throws for bad input. Messages never contain secrets; switch on `code`, not on the
 * message.
 */
export class CryptoError extends Error {
  override readonly name = 'CryptoError'
  readonly code: CryptoErrorCode

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
