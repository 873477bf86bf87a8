import { formatCapability, type AuthToken as ProtocolToken, parseAuthToken, verifyAuthToken } from '@pubky/protocol'
import { messageOf } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { Freeable } from '../freeable.ts'
import { PublicKey } from '../keys/public-key.ts'

/** A user's signed, short-lived statement that may be shown to a backend of the app (spec 05 §2.13). */
export class AuthToken extends Freeable {
  /** @internal */
  readonly inner: ProtocolToken

  /** @internal Use {@link AuthToken.verify}. */
  constructor(inner: ProtocolToken) {
    super()
    this.inner = inner
  }

  /**
   * Reads a token and checks its version, its time (180 s either way) and its signature. Whoever accepts tokens must
   * still refuse one that was used before. Throws `AuthenticationError`.
   */
  static verify(bytes: Uint8Array): AuthToken {
    return new AuthToken(asTokenError(() => verifyAuthToken(new Uint8Array(bytes), BigInt(Date.now()) * 1000n)))
  }

  /** Reads a token without checking anything. Throws `AuthenticationError`. */
  static fromBytes(bytes: Uint8Array): AuthToken {
    return new AuthToken(asTokenError(() => parseAuthToken(new Uint8Array(bytes))))
  }

  get publicKey(): PublicKey {
    return new PublicKey(this.inner.publicKey)
  }

  /** One text per entry, as signed. */
  get capabilities(): string[] {
    return this.inner.capabilities.map(formatCapability)
  }

  toBytes(): Uint8Array {
    return this.inner.bytes.slice()
  }
}

/** Token errors: their bare text as officially, behind `prefix` where a flow meets them. @internal */
export function asTokenError<T>(read: () => T, prefix = ''): T {
  try {
    return read()
  } catch (cause) {
    throw new PubkyError('AuthenticationError', `${prefix}${messageOf(cause)}`, { cause })
  }
}
